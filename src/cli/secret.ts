import type { FileSystem } from '../host/file-system.ts';
import { PatternsError } from '../model/error.ts';

/**
 * A key that an HTTP header carries: from the variable, else from the file that `<variable>_FILE` names.
 * @throws PatternsError USAGE for characters that no header can carry; the message never shows the key
 */
export function readSecret(
  fs: FileSystem,
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  const file = env[`${name}_FILE`] ?? '';
  const written = env[name] ?? '';
  const key = (
    written === '' && file !== '' ? Buffer.from(fs.readFile(file)).toString('utf8') : written
  ).trim();
  if (key === '') return undefined;
  // The error of an invalid header would show the key.
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new PatternsError('USAGE', `the key in ${name} holds characters that no header can carry`, {
    hint: `Check ${name}, or the file that ${name}_FILE names.`,
  });
}
