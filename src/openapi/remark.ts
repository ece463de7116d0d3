import type { Place } from '../model/error.ts';

/**
 * What an import has to say of one part of a document. `unanswered`: an operation that nobody does yet; `not_carried`: what
 * the service will not do or have, though the document says it; `note`: what a reader should know.
 */
export interface Remark {
  readonly kind: 'unanswered' | 'not_carried' | 'note';
  /** The operation, schema or part. */
  readonly subject: string;
  readonly message: string;
  readonly place: Place;
}

/** Remarks in the order of the document. */
export function inOrder(remarks: readonly Remark[]): readonly Remark[] {
  return remarks.toSorted(
    (a, b) =>
      Number(a.place.file > b.place.file) - Number(a.place.file < b.place.file) ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0),
  );
}
