import type { Publication } from '../documents/bank-document.ts';
import type { Digest } from '../model/digest.ts';
import type { Outcome, OutcomeCounts } from '../model/outcome.ts';
import type { Release } from '../model/release.ts';
import type { Pattern, PatternRecord, PatternRef, Status } from '../model/pattern.ts';

/** What a bank knows of a version without its body. */
export interface BankEntry extends PatternRef {
  /** Digest of the frozen pattern: equal digests render equally. */
  readonly digest: Digest;
  /** Digest of the published document: frozen pattern and record. */
  readonly documentDigest: Digest;
  /** Digest of the body. */
  readonly body: Digest;
  readonly record: PatternRecord;
  /** When the version was published, and as what. */
  readonly published: Publication;
  readonly status: Status;
  /** Sums over the journal of outcomes. */
  readonly counts: OutcomeCounts;
}

/** What histories say of a version. */
export type Marks = Pick<BankEntry, 'status' | 'counts'>;

/** What a bank on this machine can tell of its versions without reading them. */
export interface BankContent {
  /** A text that changes whenever a version may have been published. */
  mark(): string;
  /**
   * The versions that were announced since a mark was taken: nothing else has come. Undefined where that cannot be told.
   * @param knew whether a folder of `patterns/` was known when the mark was taken
   */
  since(mark: string, knew: (folder: string) => boolean): readonly PatternRef[] | undefined;
  /** Every version that was ever about to be published: what a publisher that was killed left out is among them. */
  announced(): readonly PatternRef[];
  /** Status and counts by `id@version`, of the versions that have changes of status or outcomes; each absent where there are none. */
  marks(): ReadonlyMap<string, Partial<Marks>>;
}

/** What became of one published pattern. */
export type PublishOutcome =
  | { readonly kind: 'published'; readonly ref: PatternRef; readonly documentDigest: Digest }
  | { readonly kind: 'unchanged'; readonly ref: PatternRef; readonly documentDigest: Digest }
  | {
      readonly kind: 'conflict';
      readonly ref: PatternRef;
      readonly documentDigest: Digest;
      readonly existing: Digest;
    };

/** One change of status; the history of a version is the list of them, oldest first. */
export interface StatusChange extends PatternRef {
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly from: Status | null;
  readonly to: Status;
  readonly reason: string;
}

/** How a publish marks versions that are new. */
export type PublishOptions = Publication;

/** A version with the time and status of its first publication, which may have been in another bank. */
export interface Published {
  readonly pattern: Pattern;
  readonly published: Publication;
}

/** What a bank is, beside what it holds. */
export interface BankDescription {
  readonly kind: 'embedded' | 'qdrant';
  /** Version of the form in which the bank keeps its documents. */
  readonly schema: number;
  /** The server's version; null without a server. */
  readonly server: string | null;
  /** Whose vectors the bank has room for; null where it keeps none. */
  readonly embedder: string | null;
  /** How many versions the bank's own index finds, and how many it does not; null where it has none. */
  readonly index: { readonly present: number; readonly missing: number } | null;
}

export interface RecordReport {
  readonly recorded: number;
  /** How many the journal had before. */
  readonly known: number;
}

/** What became of a release. */
export type ReleaseOutcome =
  | { readonly kind: 'released'; readonly release: Release }
  /** The release that stands, with its own time. */
  | { readonly kind: 'known'; readonly release: Release }
  | { readonly kind: 'conflict'; readonly release: Release };

/**
 * A bank of published pattern versions. Published versions are write-once; statuses and outcomes are append-only
 * histories beside them. Every call throws PatternsError: BANK_UNREACHABLE when the bank cannot be asked, BANK_CORRUPT
 * when what it answers does not match its digests.
 */
export interface PatternBank {
  /** How messages call the bank; holds no key. */
  readonly address: string;

  /** Absent where the versions lie elsewhere. */
  readonly content?: BankContent;

  /** Removes what killed processes left; absent where there is nothing of the kind. */
  sweep?(): void;

  /** Publishes in the order given. A version that exists with the same content is left alone, with other content a conflict. */
  publish(patterns: readonly Pattern[], options: PublishOptions): Promise<readonly PublishOutcome[]>;

  /** Publishes as `publish` does, each version with its own time and status. */
  restore(versions: readonly Published[]): Promise<readonly PublishOutcome[]>;

  /** Every version of the ids, in any order. Ids that the bank does not know have none. */
  versionsOf(patternIds: readonly string[]): Promise<readonly BankEntry[]>;

  /** Every version, by id and then version, in byte order. */
  entries(): AsyncIterable<BankEntry>;

  /** The patterns with their bodies, in the order asked for; undefined for one that the bank does not have. */
  fetch(refs: readonly PatternRef[]): Promise<readonly (Pattern | undefined)[]>;

  /** Appends a change of status. */
  setStatus(change: StatusChange): Promise<void>;

  /** The changes of status of one version, oldest first. */
  history(ref: PatternRef): Promise<readonly StatusChange[]>;

  /** The changes of status of all versions without their publications; those of one version oldest first. */
  changes(): AsyncIterable<StatusChange>;

  /**
   * Appends observations to the journal of outcomes. One whose id the journal has is left out, whatever it says; so
   * sending again what may have arrived counts nothing twice.
   */
  record(outcomes: readonly Outcome[]): Promise<RecordReport>;

  /** The journal of outcomes, each id once, in no promised order. */
  outcomes(): AsyncIterable<Outcome>;

  /** Names a set of versions for good. The name with the same versions again is known, with others a conflict. */
  release(release: Release): Promise<ReleaseOutcome>;

  /** Every release, by name. */
  releases(): Promise<readonly Release[]>;

  describe(): Promise<BankDescription>;

  /** Makes anew what the bank derives from its documents to find them by. Says for how many versions. */
  reindex(): Promise<number>;

  close(): Promise<void>;
}
