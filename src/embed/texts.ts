import { compareBytes } from '../model/byte-order.ts';
import type { PatternRecord } from '../model/pattern.ts';
import { withoutTemplateMarks } from '../model/template-marks.ts';

/** To be raised with every change of the texts that a version is embedded by. */
export const TEXTS_VERSION = 1;

/** About 200 tokens of code; the offline model reads 256 and ignores the rest. */
const CHUNK_CHARACTERS = 700;
/** What a body says first tells what it is for; later chunks add little and cost 0.2 s each. */
const MAX_CHUNKS = 6;

/**
 * The whole signature as one sentence, the way a person would write it on a card: `purpose (domain, facets): inputs ->
 * outputs. constraints`. Purpose first, since the model cuts what is too long; what is empty leaves no trace.
 */
export function signatureText(record: PatternRecord): string {
  const { purpose, domain, inputs, outputs, constraints } = record.signature;
  // By name: a bank keeps facets so, and the vector must be the same wherever the record was read.
  const facets = Object.entries(record.facets).toSorted(([a], [b]) => compareBytes(a, b));
  const area = [domain.replaceAll('_', ' '), facets.map(([, value]) => value).join(', ')];
  const flow = joined([inputs.join(', '), outputs.join(', ')], ' -> ');
  const card = joined([`${purpose} (${joined(area, ', ')})`, flow], ': ');
  return joined([card, ...constraints], '. ');
}

function joined(parts: readonly string[], separator: string): string {
  return parts.filter((part) => part !== '').join(separator);
}

/**
 * A body as texts that the model can read whole: template marks taken out, cut at line ends. None for a body that holds
 * no words. Their vectors are averaged.
 */
export function bodyTexts(body: Uint8Array): readonly string[] {
  const lines = withoutTemplateMarks(body)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /\p{L}{2}/u.test(line));
  const chunks: string[] = [];
  let chunk = '';
  for (const line of lines) {
    if (chunk !== '' && chunk.length + line.length >= CHUNK_CHARACTERS) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk += `${line.slice(0, CHUNK_CHARACTERS)}\n`;
  }
  if (chunk !== '') chunks.push(chunk);
  return chunks.slice(0, MAX_CHUNKS);
}
