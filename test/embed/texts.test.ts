import { expect, test } from 'vitest';
import { signatureText } from '../../src/embed/texts.ts';
import { testPattern } from '../bank/patterns.ts';

test('the text of a signature is the same in whatever order the facets were written', () => {
  const one = testPattern('a', '1.0.0', 'x', { facets: { language: 'python', framework: 'fastapi' } });
  const two = testPattern('a', '1.0.0', 'x', { facets: { framework: 'fastapi', language: 'python' } });
  expect(signatureText(one.record)).toBe('Purpose of a (test, fastapi, python)');
  expect(signatureText(two.record)).toBe(signatureText(one.record));
});
