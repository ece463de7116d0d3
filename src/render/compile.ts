import { PatternsError } from '../model/error.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { Span } from '../model/manifest.ts';
import { formatRef } from '../model/pattern.ts';
import type { Application, FileEntry, FileMode, Spec } from '../model/spec.ts';
import { type LiquidBody, renderText } from './liquid.ts';
import { isBinary, type LoadedPattern, parseBody, verbatimLines } from './parsed-body.ts';
import { PathSet } from './portable-path.ts';
import { bindVariables, requirementIn, rootScope, scopesOf } from './scope.ts';
import { SlotFillings } from './slots.ts';
import { type SourcedLine, spansOf } from './sourced-text.ts';

/** What a render is a function of. */
export interface CompileInput {
  /** Read from the canonical bytes of the normalised spec, so that the order of keys is theirs. */
  readonly project: Pick<Spec, 'name' | 'version' | 'description'>;
  readonly expanded: {
    /** The entries of the spec and of its blueprints. */
    readonly files: readonly FileEntry[];
    /** The spec's variables over the defaults of its blueprints. */
    readonly variables: JsonObject;
    readonly entities: readonly JsonValue[];
    readonly operations: readonly JsonValue[];
  };
  /** The pinned pattern of a requirement. */
  readonly patternOf: (requirement: string) => LoadedPattern;
}

export interface CompiledFile {
  readonly path: string;
  readonly mode: FileMode;
  readonly bytes: Uint8Array;
  /** The same bytes, rendered once more: for those who cannot keep them all. */
  readonly again: () => Uint8Array;
  /** Every line with the template line that wrote it. */
  readonly lines: () => readonly SourcedLine[];
  readonly spans: readonly Span[];
}

/**
 * Renders the files of a spec, one after the other: a pure function of its input.
 *
 * @throws PatternsError TEMPLATE_*, VARIABLE_INVALID, SLOT_INVALID, PATH_UNSAFE, PATH_COLLISION
 */
export function* compile(input: CompileInput): Generator<CompiledFile, void, undefined> {
  const { files } = input.expanded;
  const scope = rootScope(input.project, input.expanded);
  const renderer = new Renderer(input.patternOf);
  const paths = new PathSet();
  for (const [i, entry] of files.entries()) {
    const origin = `files[${i}]`;
    for (const one of scopesOf(entry, scope, origin)) {
      const path = renderText(entry.path, `\`path\` of ${origin}`, one);
      const requirement = requirementIn(entry, one, origin);
      paths.add(path, `${origin} (${requirement})`);
      const render = (): Rendered => renderer.file(entry, { ...one, file: { path } }, `${origin} (${path})`);
      const { bytes, lines } = render();
      // Only fragments bring a second writer into a file; without them there is no need to look at every line.
      const composed = Object.keys(entry.fragments).length > 0;
      const spans = composed ? spansOf(lines()) : wholeFile(input.patternOf(requirement), bytes);
      yield { path, mode: entry.mode, bytes, again: () => render().bytes, lines, spans };
    }
  }
}

/** The one span of a file that one pattern wrote. */
function wholeFile(
  { frozen: { pattern_id, version, engine } }: LoadedPattern,
  bytes: Uint8Array,
): readonly Span[] {
  if (bytes.byteLength === 0) return [];
  return [
    { start: 1, end: engine === 'none' && isBinary(bytes) ? 1 : lineCount(bytes), pattern_id, version },
  ];
}

function lineCount(bytes: Uint8Array): number {
  let count = bytes.at(-1) === NEWLINE ? 0 : 1;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

const NEWLINE = 0x0a;

interface Rendered {
  readonly bytes: Uint8Array;
  readonly lines: () => readonly SourcedLine[];
  readonly fillings: SlotFillings;
}

class Renderer {
  readonly #patternOf: (requirement: string) => LoadedPattern;
  readonly #parsed = new Map<string, LiquidBody>();

  constructor(patternOf: (requirement: string) => LoadedPattern) {
    this.#patternOf = patternOf;
  }

  file(entry: FileEntry, scope: JsonObject, origin: string): Rendered {
    const rendered = this.#render(entry, scope, origin);
    const lost = rendered.fillings.upward[0];
    if (lost === undefined) return rendered;
    throw new PatternsError(
      'SLOT_INVALID',
      `a fragment of ${origin} contributes to the slot \`${lost.slot}\`, which no enclosing pattern declares`,
      {
        hint: 'Declare the slot in the pattern of the file, or remove the contribution.',
      },
    );
  }

  #render(application: Application, scope: JsonObject, origin: string): Rendered {
    const pattern = this.#patternOf(requirementIn(application, scope, origin));
    const { frozen, body } = pattern;
    if (frozen.kind !== 'file') {
      throw new PatternsError(
        'SPEC_INVALID',
        `${origin} uses ${formatRef(frozen)}, which is a ${frozen.kind}`,
        {
          hint: 'Name a blueprint under `extends`, not as the pattern of a file.',
        },
      );
    }
    const fillings = this.#fill(application, pattern, scope, origin);
    const variables = bindVariables(frozen, application, scope, origin);
    if (frozen.engine === 'none') return { bytes: body, lines: () => verbatimLines(frozen, body), fillings };
    const text = this.#parse(pattern).render(frozen, { ...scope, ...variables }, fillings);
    const unplaced = fillings.unplaced;
    if (unplaced !== undefined) {
      throw new PatternsError(
        'SLOT_INVALID',
        `${formatRef(frozen)} leaves out the slot \`${unplaced}\`, which ${origin} fills`,
        {
          hint: `Place it with {% slot ${unplaced} %} on every path through the body.`,
        },
      );
    }
    return { bytes: Buffer.from(text.toString(), 'utf8'), lines: () => text.lines(), fillings };
  }

  #fill(application: Application, pattern: LoadedPattern, scope: JsonObject, origin: string): SlotFillings {
    const fillings = new SlotFillings(pattern.frozen);
    for (const [slot, fragments] of Object.entries(application.fragments)) {
      if (!fillings.declares(slot)) {
        const known = Object.keys(pattern.frozen.slots);
        throw new PatternsError(
          'SLOT_INVALID',
          `${origin} fills the slot \`${slot}\`, which ${formatRef(pattern.frozen)} does not declare`,
          {
            hint: known.length === 0 ? 'The pattern has no slots.' : `Its slots: ${known.join(', ')}.`,
          },
        );
      }
      for (const [i, fragment] of fragments.entries())
        this.#fillOne(fillings, slot, fragment, scope, `${origin}.fragments.${slot}[${i}]`);
    }
    return fillings;
  }

  #fillOne(
    fillings: SlotFillings,
    slot: string,
    fragment: Application,
    scope: JsonObject,
    origin: string,
  ): void {
    for (const one of scopesOf(fragment, scope, origin)) {
      const rendered = this.#render(fragment, one, origin);
      fillings.fill(slot, rendered.lines());
      for (const { slot: outer, lines } of rendered.fillings.upward) {
        if (fillings.declares(outer)) fillings.fill(outer, lines);
        else fillings.contribute(outer, lines);
      }
    }
  }

  #parse(pattern: LoadedPattern): LiquidBody {
    const known = this.#parsed.get(pattern.digest);
    if (known !== undefined) return known;
    const parsed = parseBody(pattern.frozen, pattern.body);
    this.#parsed.set(pattern.digest, parsed);
    return parsed;
  }
}
