import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Absolute path of a file of this repository. */
export function repository(path: string): string {
  return `${ROOT}${path}`;
}
