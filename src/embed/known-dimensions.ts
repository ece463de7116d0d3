import { join } from 'node:path';
import * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import type { Host } from '../host/host.ts';

// How many numbers the vectors of each remote model have, one JSON object a line; of equal models the first line stands.
// So a search whose texts are all known asks no endpoint, and an endpoint that changes is found out.

const FILE = 'dimensions.jsonl';
const LineShape = v.object({
  model: v.string(),
  dimension: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_536)),
});

/** @param folder made when the first dimension is kept */
export function readDimension(host: Host, folder: string, model: string): number | undefined {
  const path = join(folder, FILE);
  if (host.fs.stat(path)?.kind !== 'file') return undefined;
  const lines = Buffer.from(host.fs.readFile(path)).toString('utf8').split('\n');
  return lines.flatMap(parseLine).find((line) => line.model === model)?.dimension;
}

export function keepDimension(host: Host, folder: string, model: string, dimension: number): void {
  host.fs.makeFolder(folder);
  // A line break first: a line that a kill cut short must not swallow this one.
  host.fs.append(join(folder, FILE), Buffer.from(`\n${canonicalJson({ model, dimension })}\n`, 'utf8'));
}

function parseLine(text: string): readonly v.InferOutput<typeof LineShape>[] {
  try {
    const line = v.safeParse(LineShape, JSON.parse(text));
    return line.success ? [line.output] : [];
  } catch (cause) {
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
}
