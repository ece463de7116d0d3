import type { PatternRecord } from '../model/pattern.ts';
import { type Term, termsOf } from './tokens.ts';

/** Fields of a pattern and what a term in each is worth: the name and the purpose say most. */
const FIELD_WEIGHTS = {
  id: 2,
  purpose: 3,
  domain: 1,
  facets: 1,
  inputs: 1,
  outputs: 1.5,
  constraints: 0.5,
  intent: 0.5,
  body: 0.5,
} as const;
type Field = keyof typeof FIELD_WEIGHTS;
const FIELDS: readonly Field[] = [
  'id',
  'purpose',
  'domain',
  'facets',
  'inputs',
  'outputs',
  'constraints',
  'intent',
  'body',
];

/** Saturation and length normalisation of BM25 (Robertson & Zaragoza 2009). */
const K1 = 1.2;
const B = 0.4;
/** Documents about nothing that are added to the count, so that in a bank of three patterns a common word is common. */
const BACKGROUND = 50;

/** What the index knows a document by. */
export interface LexicalDocument {
  readonly pattern_id: string;
  readonly record: PatternRecord;
  /** What `bodyTerms` made of the body; absent where the body is not known. */
  readonly bodyTerms?: readonly string[] | undefined;
}

/**
 * BM25F over the fields of signatures and the words of bodies. A score lies between 0 and 1: the share of the query, weighed by how rare its
 * terms are, that the document answers; so scores of different queries can be compared with one threshold.
 */
export class LexicalIndex {
  readonly #documents: readonly ReadonlyMap<string, number>[];
  readonly #frequencies = new Map<string, number>();

  constructor(documents: readonly LexicalDocument[]) {
    const fields = documents.map(fieldTerms);
    const averages = new Map(FIELDS.map((field) => [field, mean(fields.map((one) => one[field].length))]));
    this.#documents = fields.map((one) => weighTerms(one, averages));
    for (const document of this.#documents) {
      for (const term of document.keys()) this.#frequencies.set(term, (this.#frequencies.get(term) ?? 0) + 1);
    }
  }

  /** The score of every document, in the order that they were given. */
  score(query: string): readonly number[] {
    const unique = new Map(termsOf(query).map((term) => [term.text, term]));
    const wanted = [...unique.values()].map((term) => ({ term: term.text, rarity: this.#rarity(term) }));
    const total = wanted.reduce((sum, { rarity }) => sum + rarity, 0);
    if (total === 0) return this.#documents.map(() => 0);
    return this.#documents.map((document) => {
      const matched = wanted.reduce((sum, { term, rarity }) => {
        const weight = document.get(term) ?? 0;
        return sum + rarity * (weight / (K1 + weight));
      }, 0);
      return matched / total;
    });
  }

  /** Inverse document frequency, never negative. A compound only repeats its parts and counts half. */
  #rarity(term: Term): number {
    const n = this.#documents.length + BACKGROUND;
    const df = this.#frequencies.get(term.text) ?? 0;
    const idf = Math.log(1 + (n - df + 0.5) / (df + 0.5));
    if (!term.compound) return idf;
    return df === 0 ? 0 : idf / 2;
  }
}

function terms(text: string): readonly string[] {
  return termsOf(text).map((term) => term.text);
}

function fieldTerms(document: LexicalDocument): Readonly<Record<Field, readonly string[]>> {
  const { signature, facets } = document.record;
  return {
    id: terms(document.pattern_id.replace('/', ' ')),
    purpose: terms(signature.purpose),
    domain: terms(signature.domain),
    facets: terms(Object.values(facets).join(' ')),
    inputs: terms(signature.inputs.join(' ')),
    outputs: terms(signature.outputs.join(' ')),
    constraints: terms(signature.constraints.join(' ')),
    intent: terms(signature.intent),
    body: document.bodyTerms ?? [],
  };
}

/** The weighed, length-normalised frequency of each term over all fields. */
function weighTerms(
  fields: Readonly<Record<Field, readonly string[]>>,
  averages: ReadonlyMap<Field, number>,
): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const field of FIELDS) {
    const list = fields[field];
    const average = averages.get(field) ?? 0;
    const norm = average === 0 ? 1 : 1 - B + (B * list.length) / average;
    for (const term of list) weights.set(term, (weights.get(term) ?? 0) + FIELD_WEIGHTS[field] / norm);
  }
  return weights;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
