import { nameHint } from '../canon/nearest-name.ts';
import { PatternsError, type Place } from '../model/error.ts';

/** Where a value of the spec stands, by its keys and indexes from the root. */
export type DomainPath = readonly (string | number)[];
export type Places = (path: DomainPath, of?: 'key' | 'value') => Place;

/** Makes the errors of one domain model, each with its line and column. */
export class Refusal {
  readonly #place: Places;

  constructor(place: Places) {
    this.#place = place;
  }

  at(path: DomainPath, message: string, hint?: string): PatternsError {
    return new PatternsError('SPEC_INVALID', message, { place: this.#place(path), hint });
  }

  atKey(path: DomainPath, message: string, hint?: string): PatternsError {
    return new PatternsError('SPEC_INVALID', message, { place: this.#place(path, 'key'), hint });
  }

  unknown(path: DomainPath, what: string, found: string, known: readonly string[]): PatternsError {
    return this.at(path, `${what} \`${found}\``, nameHint(found, known, 'Known are'));
  }
}
