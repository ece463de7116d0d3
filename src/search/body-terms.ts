import { compareBytes } from '../model/byte-order.ts';
import { withoutTemplateMarks } from '../model/template-marks.ts';
import { termsOf } from './tokens.ts';

/** Part of the key of stored terms: to be raised with every change of the terms that a text has. */
export const TERMS_VERSION = 1;

/** What a body says first tells what it is for. */
const MAX_CHARACTERS = 8000;

/** The terms of a body, each once, in byte order: how often code repeats a name says nothing about what it is for. */
export function bodyTerms(body: Uint8Array): readonly string[] {
  const text = withoutTemplateMarks(body).slice(0, MAX_CHARACTERS);
  const terms = new Set(termsOf(text).map((term) => term.text));
  return [...terms].filter((term) => /\p{L}/u.test(term)).sort(compareBytes);
}
