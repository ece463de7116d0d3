import { compareBytes } from '../model/byte-order.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type FrozenPattern, type SlotDeclaration } from '../model/pattern.ts';
import type { LineSource, SourcedLine } from './sourced-text.ts';

/** What goes into the slots of one frame, in the order given; and what the frame's own body contributes upward. */
export class SlotFillings {
  readonly #frame: FrozenPattern;
  readonly #filled = new Map<string, (readonly SourcedLine[])[]>();
  readonly #placed = new Set<string>();
  readonly #upward: { slot: string; lines: readonly SourcedLine[] }[] = [];

  constructor(frame: FrozenPattern) {
    this.#frame = frame;
  }

  declares(slot: string): boolean {
    return Object.hasOwn(this.#frame.slots, slot);
  }

  fill(slot: string, lines: readonly SourcedLine[]): void {
    if (lines.length === 0) return;
    const list = this.#filled.get(slot);
    if (list === undefined) this.#filled.set(slot, [lines]);
    else list.push(lines);
  }

  contribute(slot: string, lines: readonly SourcedLine[]): void {
    this.#upward.push({ slot, lines });
  }

  /** Contributions that the frame's body made to slots further out. */
  get upward(): readonly { readonly slot: string; readonly lines: readonly SourcedLine[] }[] {
    return this.#upward;
  }

  /**
   * The lines of a slot.
   * @throws PatternsError SLOT_INVALID for a slot that the frame does not declare, or an empty one that is required
   */
  take(slot: string, tag: LineSource): readonly SourcedLine[] {
    const declaration = Object.hasOwn(this.#frame.slots, slot) ? this.#frame.slots[slot] : undefined;
    const place = { file: formatRef(this.#frame), line: tag.line };
    if (declaration === undefined) {
      throw new PatternsError(
        'SLOT_INVALID',
        `the slot \`${slot}\` is not declared by ${formatRef(this.#frame)}`,
        {
          place,
          hint: 'Declare it under `slots:` in pattern.yaml.',
        },
      );
    }
    this.#placed.add(slot);
    const lines = merge(this.#filled.get(slot) ?? [], declaration, tag);
    if (lines.length === 0 && declaration.required) {
      throw new PatternsError(
        'SLOT_INVALID',
        `the slot \`${slot}\` of ${formatRef(this.#frame)} is required, and nothing fills it`,
        {
          place,
          hint: `Add a fragment: \`fragments: { ${slot}: [{ pattern: … }] }\`.`,
        },
      );
    }
    return lines;
  }

  /** A slot that was filled but whose tag was never reached: its lines would be lost in silence. */
  get unplaced(): string | undefined {
    return [...this.#filled.keys()].find((slot) => !this.#placed.has(slot));
  }
}

function merge(
  fillings: readonly (readonly SourcedLine[])[],
  slot: SlotDeclaration,
  tag: LineSource,
): readonly SourcedLine[] {
  if (!slot.unique && !slot.sort) return separate(fillings, slot.separator, tag);
  const lines = fillings.flat();
  const sorted = slot.sort ? lines.toSorted((a, b) => compareBytes(a.text, b.text)) : lines;
  if (!slot.unique) return sorted;
  const seen = new Set<string>();
  return sorted.filter(({ text }) => !seen.has(text) && seen.add(text) !== undefined);
}

/** Joins fragments by the separator; what of it stands on lines of its own belongs to the frame. */
function separate(
  fillings: readonly (readonly SourcedLine[])[],
  separator: string,
  tag: LineSource,
): readonly SourcedLine[] {
  const parts = separator.split('\n');
  const head = parts[0] ?? '';
  const tail = parts.at(-1) ?? '';
  const between = parts.slice(1, -1).map((text) => ({ text, source: tag }));
  return fillings.reduce<SourcedLine[]>((joined, lines) => {
    const [first, ...rest] = lines;
    const last = joined.pop();
    if (first === undefined) return last === undefined ? joined : [...joined, last];
    if (last === undefined) return [first, ...rest];
    if (parts.length === 1) joined.push({ text: last.text + head + first.text, source: last.source });
    else joined.push({ ...last, text: last.text + head }, ...between, { ...first, text: tail + first.text });
    joined.push(...rest);
    return joined;
  }, []);
}
