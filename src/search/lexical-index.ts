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
const WEIGHTS: readonly number[] = FIELDS.map((field) => FIELD_WEIGHTS[field]);
const FIELD_COUNT = FIELDS.length;
/** Part of the form of a stored index. */
export const LEXICAL_FIELDS = FIELDS.join(' ');

/** Saturation and length normalisation of BM25 (Robertson & Zaragoza 2009). */
const K1 = 1.2;
const B = 0.75;
/** Documents about nothing that are added to the count, so that in a bank of three patterns a common word is common. */
const BACKGROUND = 50;

/** What the index knows a document by. */
export interface LexicalDocument {
  readonly pattern_id: string;
  readonly record: PatternRecord;
  /** What `bodyTerms` made of the body; absent where the body is not known. */
  readonly bodyTerms?: readonly string[] | undefined;
}

/** Which documents have a term, and where: everything of the index that is worth storing. */
export interface Postings {
  /** How many terms each field of each document has, field by field within a document. */
  readonly lengths: Uint32Array;
  /** Every term, once, in the order of their code units. */
  readonly terms: readonly string[];
  /** Where the entries of each term start in `documents`; one more than there are terms. */
  readonly starts: Uint32Array;
  /** The document of each entry; entries of one term by document, then field. */
  readonly documents: Uint32Array;
  /** The field of each entry, times 2^16, plus how often the term is there. */
  readonly places: Uint32Array;
}

/** The postings of documents, in the order that they are given. */
export function postingsOf(documents: readonly LexicalDocument[]): Postings {
  const lengths = new Uint32Array(documents.length * FIELD_COUNT);
  const found = new Map<string, number[]>();
  for (const [number, document] of documents.entries()) {
    for (const [field, list] of fieldTerms(document).entries()) {
      lengths[number * FIELD_COUNT + field] = list.length;
      for (const [term, count] of counted(list)) {
        const entries = found.get(term) ?? [];
        if (entries.length === 0) found.set(term, entries);
        entries.push(number, field * 0x10000 + Math.min(count, 0xffff));
      }
    }
  }
  const terms = [...found.keys()].sort();
  const starts = new Uint32Array(terms.length + 1);
  const all = terms.map((term) => found.get(term) ?? []);
  for (const [i, entries] of all.entries()) starts[i + 1] = (starts[i] ?? 0) + entries.length / 2;
  const size = starts.at(-1) ?? 0;
  const postings = {
    lengths,
    terms,
    starts,
    documents: new Uint32Array(size),
    places: new Uint32Array(size),
  };
  for (const [i, entries] of all.entries()) {
    const start = starts[i] ?? 0;
    for (let at = 0; at < entries.length; at += 2) {
      postings.documents[start + at / 2] = entries[at] ?? 0;
      postings.places[start + at / 2] = entries[at + 1] ?? 0;
    }
  }
  return postings;
}

/**
 * BM25F over the fields of signatures and the words of bodies. A score lies between 0 and 1: the share of the query, weighed by how rare its
 * terms are, that the document answers; so scores of different queries can be compared with one threshold.
 */
export class LexicalIndex {
  readonly #postings: Postings;
  /** 1 for each document that the statistics are about. */
  readonly #counted: Uint8Array;
  readonly #count: number;
  /** The mean length of each field. */
  readonly #averages: readonly number[];

  /** @param covered 1 for each document that the statistics are about, by default all; the others have scores all the same */
  constructor(postings: Postings, covered?: Uint8Array) {
    const { lengths } = postings;
    this.#postings = postings;
    this.#counted = covered ?? new Uint8Array(lengths.length / FIELD_COUNT).fill(1);
    const sums = new Float64Array(FIELD_COUNT);
    let count = 0;
    for (let document = 0; document < this.#counted.length; document++) {
      if (this.#counted[document] === 0) continue;
      count += 1;
      for (let f = 0; f < FIELD_COUNT; f++)
        sums[f] = (sums[f] ?? 0) + (lengths[document * FIELD_COUNT + f] ?? 0);
    }
    this.#count = count;
    this.#averages = [...sums].map((sum) => (count === 0 ? 0 : sum / count));
  }

  /** The score of every document. */
  score(query: string): Float64Array {
    const scores = new Float64Array(this.#counted.length);
    const unique = new Map(termsOf(query).map((term) => [term.text, term]));
    const wanted = [...unique.values()].map((term) => {
      const range = this.#rangeOf(term.text);
      return { range, rarity: this.#rarity(term, range) };
    });
    const total = wanted.reduce((sum, { rarity }) => sum + rarity, 0);
    if (total === 0) return scores;
    for (const { range, rarity } of wanted) this.#add(scores, range, rarity);
    for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] ?? 0) / total;
    return scores;
  }

  /** Adds what one term is worth to each document that has it: its weighed, length-normalised frequency over all fields, saturated. */
  #add(scores: Float64Array, [from, to]: Range, rarity: number): void {
    const { documents, places, lengths } = this.#postings;
    let at = from;
    while (at < to) {
      const document = documents[at] ?? 0;
      let weight = 0;
      for (; at < to && documents[at] === document; at++) {
        const field = (places[at] ?? 0) >>> 16;
        const average = this.#averages[field] ?? 0;
        const length = lengths[document * FIELD_COUNT + field] ?? 0;
        const norm = average === 0 ? 1 : 1 - B + (B * length) / average;
        weight += (((places[at] ?? 0) & 0xffff) * (WEIGHTS[field] ?? 0)) / norm;
      }
      scores[document] = (scores[document] ?? 0) + rarity * (weight / (K1 + weight));
    }
  }

  #rangeOf(term: string): Range {
    const { terms, starts } = this.#postings;
    const number = placeOf(terms, term);
    return number < 0 ? [0, 0] : [starts[number] ?? 0, starts[number + 1] ?? 0];
  }

  /** Inverse document frequency, never negative. A compound only repeats its parts and counts half. */
  #rarity(term: Term, [from, to]: Range): number {
    const { documents } = this.#postings;
    let df = 0;
    for (let at = from; at < to; at++)
      if (at === from || documents[at] !== documents[at - 1]) df += this.#counted[documents[at] ?? 0] ?? 0;
    const n = this.#count + BACKGROUND;
    const idf = Math.log(1 + (n - df + 0.5) / (df + 0.5));
    if (!term.compound) return idf;
    return df === 0 ? 0 : idf / 2;
  }
}

/** From the first entry of a term to the one behind its last. */
type Range = readonly [number, number];

/** The place of a term in a sorted list; -1 where it is not there. */
function placeOf(terms: readonly string[], term: string): number {
  let [low, high] = [0, terms.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((terms[middle] ?? '') < term) low = middle + 1;
    else high = middle;
  }
  return terms[low] === term ? low : -1;
}

function counted(terms: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

function wordsOf(text: string): readonly string[] {
  return termsOf(text).map((term) => term.text);
}

/** The terms of each field, in the order of the fields. */
function fieldTerms(document: LexicalDocument): readonly (readonly string[])[] {
  const { signature, facets } = document.record;
  const all: Readonly<Record<Field, readonly string[]>> = {
    id: wordsOf(document.pattern_id.replace('/', ' ')),
    purpose: wordsOf(signature.purpose),
    domain: wordsOf(signature.domain),
    facets: wordsOf(Object.values(facets).join(' ')),
    inputs: wordsOf(signature.inputs.join(' ')),
    outputs: wordsOf(signature.outputs.join(' ')),
    constraints: wordsOf(signature.constraints.join(' ')),
    intent: wordsOf(signature.intent),
    body: document.bodyTerms ?? [],
  };
  return FIELDS.map((field) => all[field]);
}
