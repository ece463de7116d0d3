import { compareBytes } from '../model/byte-order.ts';
import type { BagFile } from './bag.ts';
import { SUMS } from './bag.ts';

/** A file that a bag does not have as its lists say. */
export interface BagFault {
  readonly file: string;
  readonly expected: string;
  readonly found: string;
}

/** A list of digests, and what it is to cover. */
interface SumList {
  readonly name: string;
  readonly covers: (path: string) => boolean;
}

const isPayload = (path: string) => path.startsWith('data/');
const TAG_MANIFEST = 'tagmanifest-sha256.txt';

const LISTS: readonly SumList[] = [
  { name: SUMS, covers: (path) => path !== SUMS },
  { name: 'manifest-sha256.txt', covers: isPayload },
  { name: TAG_MANIFEST, covers: (path) => !isPayload(path) && path !== SUMS && path !== TAG_MANIFEST },
];

/**
 * Compares the files of a bag with its lists. Nearly every file is on two of them: where both disagree with it, the file was
 * changed; where one does, that list was.
 *
 * @param read a file of the bag
 */
export function checkBag(
  files: ReadonlyMap<string, BagFile>,
  read: (path: string) => Uint8Array | undefined,
): readonly BagFault[] {
  const faults: BagFault[] = [];
  const lists = LISTS.flatMap((list) => {
    const bytes = read(list.name);
    if (bytes === undefined) {
      faults.push({ file: list.name, expected: 'a list of digests', found: 'no such file' });
      return [];
    }
    const { sums, malformed } = readSums(bytes);
    if (malformed !== undefined) {
      faults.push({ file: list.name, expected: 'lines of sha256sum, in byte order', found: malformed });
    }
    return [{ ...list, sums }];
  });
  const paths = new Set([...files.keys(), ...lists.flatMap(({ sums }) => [...sums.keys()])]);
  for (const path of [...paths].sort(compareBytes)) {
    const covering = lists.filter((list) => list.covers(path));
    for (const list of lists) {
      if (!list.covers(path) && list.sums.has(path))
        faults.push({ file: list.name, expected: `no line for ${path}`, found: 'a line for it' });
    }
    const found = files.get(path)?.sha256;
    const against = covering.filter((list) => list.sums.get(path) !== found);
    if (against.length === 0) continue;
    if (against.length === covering.length) {
      const stated = against.map((list) => list.sums.get(path)).find((sum) => sum !== undefined);
      faults.push({ file: path, expected: textOf(stated), found: textOf(found) });
    }
    if (against.length < covering.length || covering.length === 1) {
      for (const list of against) {
        faults.push({
          file: list.name,
          expected: `${textOf(found)} for ${path}`,
          found: textOf(list.sums.get(path)),
        });
      }
    }
  }
  return faults;
}

function textOf(sum: string | undefined): string {
  return sum === undefined ? 'no such file' : `sha256:${sum}`;
}

/** Lines of `sha256sum`; what is no such line, or out of order, is told and left out. */
function readSums(bytes: Uint8Array): {
  readonly sums: ReadonlyMap<string, string>;
  readonly malformed: string | undefined;
} {
  const sums = new Map<string, string>();
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  let malformed = lines.pop() === '' ? undefined : 'a last line without a newline';
  let last = '';
  for (const [i, line] of lines.entries()) {
    const [, sum, path] = /^([0-9a-f]{64}) {2}([\x20-\x7e]+)$/.exec(line) ?? [];
    if (sum === undefined || path === undefined) malformed ??= `line ${i + 1} is none`;
    else {
      if (compareBytes(last, path) >= 0) malformed ??= `line ${i + 1} is out of order`;
      sums.set(path, sum);
      last = path;
    }
  }
  return { sums, malformed };
}
