import * as v from 'valibot';
import { canonicalJson } from '../canon/canonical-json.ts';
import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';
import { type LockedPattern, LOCKFILE_VERSION, type Lockfile, type Pin } from '../model/lockfile.ts';
import { formatRef } from '../model/pattern.ts';
import { newerFormat } from './format-version.ts';
import { decodeText, parseJson } from './json-text.ts';
import { plainSource } from './plain-source.ts';
import { decode, strict } from './shape.ts';
import { DigestShape, PatternIdShape, TierShape, TimestampShape, VersionShape } from './shapes.ts';

// The lockfile: JSON Lines, one canonical object a line, header first, then pins by requirement, then patterns by id
// and version, in byte order. Lines stand for themselves, so that git merges two branches with `merge=union`; whatever
// a union leaves (any order, repeated lines) is read and put right at the next write. A change that an older release
// would misread raises lockfileVersion; older versions stay readable.

export const HeaderLineShape = strict({
  kind: v.literal('header'),
  lockfileVersion: v.pipe(v.number(), v.integer(), v.minValue(1)),
  renderContract: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

export const PinLineShape = strict({
  kind: v.literal('pin'),
  requirement: v.pipe(v.string(), v.minLength(1)),
  pattern_id: PatternIdShape,
  version: VersionShape,
  purpose: v.optional(v.string()),
});

export const PatternLineShape = strict({
  kind: v.literal('pattern'),
  pattern_id: PatternIdShape,
  version: VersionShape,
  digest: DigestShape,
  frozen_at: TimestampShape,
  quality: DigestShape,
  source: TierShape,
});

const LineShape = v.variant('kind', [HeaderLineShape, PinLineShape, PatternLineShape]);

/** Two pins of one requirement that a merge left: neither is right until somebody says so. */
export interface PinConflict {
  readonly requirement: string;
  readonly pins: readonly Pin[];
  readonly lines: readonly number[];
}

export interface LockfileReading {
  readonly lockfile: Lockfile;
  readonly conflicts: readonly PinConflict[];
}

/**
 * Reads a lockfile, whatever order a merge left it in.
 *
 * @throws PatternsError LOCK_INVALID; FORMAT_UNSUPPORTED for a newer lockfileVersion; LOCK_CONFLICT when two lines give
 *   one pattern version two digests. Contradicting pins are returned, since `lock --update` settles them.
 */
export function readLockfile(bytes: Uint8Array, file: string): LockfileReading {
  const lines = readLines(bytes, file);
  const header = readHeader(lines, file);
  const pins = new Map<string, { pin: Pin; line: number }[]>();
  const patterns = new Map<string, { pattern: LockedPattern; line: number }>();
  for (const { line, value } of lines) {
    switch (value.kind) {
      case 'header':
        break;
      case 'pin':
        addPin(pins, value, line);
        break;
      case 'pattern':
        addPattern(patterns, value, line, file);
        break;
    }
  }
  const groups = [...pins.values()];
  const conflicts = groups
    .filter((group) => group.length > 1)
    .map((group) => ({
      requirement: group[0]?.pin.requirement ?? '',
      pins: group.map(({ pin }) => pin),
      lines: group.map(({ line }) => line),
    }));
  const agreed = groups.filter((group) => group.length === 1).flatMap((group) => group.map(({ pin }) => pin));
  const locked = [...patterns.values()].map(({ pattern }) => pattern);
  return {
    lockfile: sortLockfile({ renderContract: header.renderContract, pins: agreed, patterns: locked }),
    conflicts,
  };
}

/** The error for pins that contradict each other. */
export function pinConflictError(conflict: PinConflict, file: string): PatternsError {
  const choices = conflict.pins.map((pin, i) => `line ${conflict.lines[i]}: ${writePin(pin)}`);
  return new PatternsError(
    'LOCK_CONFLICT',
    `two pins contradict each other for ${conflict.requirement}:\n  ${choices.join('\n  ')}`,
    {
      place: { file, line: conflict.lines[0] },
      hint: `Run \`patterns lock <spec> --update ${conflict.requirement}\` to settle it.`,
      details: { requirement: conflict.requirement, versions: conflict.pins.map((pin) => formatRef(pin)) },
    },
  );
}

/** The one way a lockfile is written. */
export function writeLockfile(lockfile: Lockfile): string {
  const { renderContract, pins, patterns } = sortLockfile(lockfile);
  const header = canonicalJson({ kind: 'header', lockfileVersion: LOCKFILE_VERSION, renderContract });
  const lines = [
    header,
    ...pins.map(writePin),
    ...patterns.map((pattern) => canonicalJson({ kind: 'pattern', ...pattern })),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function writePin(pin: Pin): string {
  return canonicalJson({ kind: 'pin', ...pin });
}

function sortLockfile(lockfile: Lockfile): Lockfile {
  return {
    ...lockfile,
    pins: lockfile.pins.toSorted((a, b) => compareBytes(a.requirement, b.requirement)),
    patterns: lockfile.patterns.toSorted(
      (a, b) => compareBytes(a.pattern_id, b.pattern_id) || compareBytes(a.version, b.version),
    ),
  };
}

interface Line {
  readonly line: number;
  readonly value: v.InferOutput<typeof LineShape>;
}

function readLines(bytes: Uint8Array, file: string): readonly Line[] {
  const rows = decodeText(bytes, file).split('\n');
  if (rows.pop() !== '') {
    throw new PatternsError('LOCK_INVALID', 'the last line is cut off: it has no newline', {
      place: { file, line: rows.length + 1 },
      hint: 'Restore the lockfile from version control.',
    });
  }
  refuseNewer(rows, file);
  return rows.map((row, i) => {
    const line = i + 1;
    return {
      line,
      value: decode(LineShape, plainSource(parseLine(row, file, line), file, line), 'LOCK_INVALID'),
    };
  });
}

/** Before anything else is looked at: a newer format may have keys that this release would call invalid. */
function refuseNewer(rows: readonly string[], file: string): void {
  for (const [i, row] of rows.entries()) {
    const version = /^\{"kind":"header","lockfileVersion":(\d+)/.exec(row)?.[1];
    if (version === undefined || Number(version) <= LOCKFILE_VERSION) continue;
    const format = { what: 'the lockfile', key: 'lockfileVersion', supported: LOCKFILE_VERSION };
    throw newerFormat(format, Number(version), { file, line: i + 1 });
  }
}

function parseLine(row: string, file: string, line: number): unknown {
  if (/^(<{7}|={7}|>{7})/.test(row)) {
    throw new PatternsError('LOCK_INVALID', 'a conflict marker of git', {
      place: { file, line },
      hint: "Keep the lines of both sides; the golden folder's .gitattributes (`*.lock merge=union`) does so by itself.",
    });
  }
  return parseJson(row, file, line);
}

function readHeader(lines: readonly Line[], file: string): { readonly renderContract: number } {
  const headers = lines.flatMap(({ value }) => (value.kind === 'header' ? [value] : []));
  const [first, ...rest] = headers;
  if (first === undefined) {
    throw new PatternsError('LOCK_INVALID', 'the lockfile has no header line', {
      place: { file, line: 1 },
      hint: 'Restore the lockfile from version control.',
    });
  }
  const other = rest.find((header) => header.renderContract !== first.renderContract);
  if (other === undefined) return first;
  throw new PatternsError(
    'LOCK_CONFLICT',
    `two headers with other render contracts: ${first.renderContract} and ${other.renderContract}`,
    { place: { file }, hint: 'Keep the header of the branch whose release you use.' },
  );
}

function addPin(
  pins: Map<string, { pin: Pin; line: number }[]>,
  value: v.InferOutput<typeof PinLineShape>,
  line: number,
): void {
  const { requirement, pattern_id, version, purpose } = value;
  const pin: Pin = { requirement, pattern_id, version, ...(purpose === undefined ? {} : { purpose }) };
  const group = pins.get(requirement) ?? [];
  pins.set(requirement, group);
  if (!group.some((known) => formatRef(known.pin) === formatRef(pin))) group.push({ pin, line });
}

function addPattern(
  patterns: Map<string, { pattern: LockedPattern; line: number }>,
  value: v.InferOutput<typeof PatternLineShape>,
  line: number,
  file: string,
): void {
  const { kind: _, ...pattern } = value;
  const key = formatRef(pattern);
  const known = patterns.get(key);
  if (known !== undefined && known.pattern.digest !== pattern.digest) {
    throw new PatternsError(
      'LOCK_CONFLICT',
      `${key} has two digests:\n  line ${known.line}: ${known.pattern.digest}\n  line ${line}: ${pattern.digest}`,
      {
        place: { file, line },
        hint: 'A published version never changes; find out which of the two came from your bank, and remove the other line.',
        details: { pattern: key, digests: [known.pattern.digest, pattern.digest] },
      },
    );
  }
  if (known === undefined || earlier(pattern, known.pattern)) patterns.set(key, { pattern, line });
}

/** The earliest freeze stands; between equals any rule will do that every reader shares. */
function earlier(a: LockedPattern, b: LockedPattern): boolean {
  return (compareBytes(a.frozen_at, b.frozen_at) || compareBytes(canonicalJson(a), canonicalJson(b))) < 0;
}
