import type { PatternRecord } from '../model/pattern.ts';

/** About 200 tokens of code; the offline model reads 256 and ignores the rest. */
const CHUNK_CHARACTERS = 700;
/** What a body says first tells what it is for; later chunks add little and cost 0.2 s each. */
const MAX_CHUNKS = 6;

/** The whole signature as a text. */
export function signatureText(record: PatternRecord): string {
  const { purpose, domain, inputs, outputs } = record.signature;
  const parts = [
    purpose,
    domain.replaceAll('_', ' '),
    inputs.join(', '),
    outputs.join(', '),
    Object.values(record.facets).join(', '),
  ];
  return parts.filter((part) => part !== '').join('. ');
}

/**
 * A body as texts that the model can read whole: template marks taken out, cut at line ends. None for a body that holds
 * no words. Their vectors are averaged.
 */
export function bodyTexts(body: Uint8Array): readonly string[] {
  const lines = Buffer.from(body)
    .toString('utf8')
    .replace(/\{%[\s\S]*?%\}/g, ' ')
    .replace(/\{\{-?\s*([\w.]*)[\s\S]*?\}\}/g, '$1')
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
