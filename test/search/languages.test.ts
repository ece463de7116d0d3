import { describe, expect, test } from 'vitest';
import { languageWarnings, namedLanguages } from '../../src/search/languages.ts';

const bearer = (pattern_id: string, purpose: string, facets: Readonly<Record<string, string>> = {}) => ({
  pattern_id,
  record: { signature: { purpose }, facets },
});

describe('languages that a text names', () => {
  test.each([
    ['Dockerfile for Go', ['go']],
    ['Dockerfile for go', ['go']],
    ['a golang binary in a small image', ['go']],
    ['go service with health checks', ['go']],
    ['HTTP server in rust', ['rust']],
    ['FastAPI app in Python', ['python', 'fastapi']],
    ['ASP.NET controller.', ['csharp']],
    ['C++ build', ['cpp']],
    ['React component', ['react']],
    ['javascript and java', ['javascript', 'java']],
    ['where users go for help', []],
    ['go to the next page', []],
    ['Go to the next page', []],
    ['a cluster node that drains', []],
    ['react to an event', []],
    ['express the total in euros', []],
    ['javanese letters', []],
    ['a good golden category', []],
  ])('%j: %j', (text, expected) => {
    expect(namedLanguages(text).map(({ value }) => value)).toEqual(expected);
  });
});

describe('warnings', () => {
  const python = bearer('dockerfile', 'Multi-stage Dockerfile for FastAPI Python apps', {
    language: 'dockerfile',
  });
  const node = bearer('dockerfile_node', 'Multi-stage Dockerfile for Express services', { language: 'node' });

  test('name the language that no match is for, and the facet that says so', () => {
    expect(languageWarnings({ purpose: 'Dockerfile for Go' }, [python, node])).toEqual([
      'the need names Go, and none of the matches is for it; with the facet language=go only patterns for Go match',
    ]);
    expect(languageWarnings({ purpose: 'Dockerfile for Go' }, [python])[0]).toContain(
      'the match is not for it',
    );
  });

  test('are not made where a match is for it, by facet, id or purpose, where the facet is given, or where nothing matches', () => {
    expect(languageWarnings({ purpose: 'Dockerfile for Python' }, [python, node])).toEqual([]);
    expect(languageWarnings({ purpose: 'Dockerfile for Node.js' }, [node])).toEqual([]);
    expect(languageWarnings({ purpose: 'image for Go' }, [bearer('go-image', 'small image')])).toEqual([]);
    expect(
      languageWarnings({ purpose: 'image for Go' }, [bearer('x', 'image', { language: 'Golang' })]),
    ).toEqual([]);
    expect(languageWarnings({ purpose: 'image for Go', facets: { language: 'go' } }, [python])).toEqual([]);
    expect(languageWarnings({ purpose: 'image for Go' }, [])).toEqual([]);
  });
});
