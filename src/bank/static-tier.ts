import { join } from 'node:path';
import { frozenDigest } from '../documents/bank-document.ts';
import type { Digest } from '../model/digest.ts';
import type { Host } from '../host/host.ts';
import type { Pattern } from '../model/pattern.ts';
import { findPatternFolders, readPatternFolder } from './pattern-folder.ts';

export interface StaticPattern {
  readonly pattern: Pattern;
  readonly digest: Digest;
}

/** The built-in templates, as files: what answers when neither golden nor bank does. */
export class StaticTier {
  readonly #host: Host;
  readonly #folder: string;

  constructor(host: Host, folder: string) {
    this.#host = host;
    this.#folder = folder;
  }

  versionsOf(patternId: string): readonly StaticPattern[] {
    return this.#read(join(this.#folder, patternId));
  }

  all(): readonly StaticPattern[] {
    return this.#read(this.#folder);
  }

  #read(folder: string): readonly StaticPattern[] {
    return findPatternFolders(this.#host, folder).map((path) => {
      const label = `templates${path.slice(this.#folder.length)}`;
      const pattern = readPatternFolder(this.#host, path, label);
      return { pattern, digest: frozenDigest(pattern) };
    });
  }
}
