import type { PrivateText } from '../evidence/redaction.ts';
import type { MachineNames } from '../host/machine.ts';

/** What a process knows of its surroundings that a package may not tell. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly machine: MachineNames;
  /** Absolute paths of the project and of the working folder. */
  readonly folders: readonly string[];
  /** The bank address, which may carry a password. */
  readonly bank: string | undefined;
}

/** Names of variables that hold secrets, by their last word. */
const SECRET_NAME =
  /(?:^|_)(?:password|passwd|passphrase|secret|token|key|credentials?|auth|cookie|dsn|pat)(?:_(?:id|value|\d+))?$/i;

/** Too short to be a secret, and found everywhere. */
const MIN_SECRET = 8;

/** Names that say nothing of anybody, and stand in many files as words of their own. */
const COMMON_NAMES: ReadonlySet<string> = new Set(
  'root user admin node app runner ubuntu debian docker nobody postgres localhost ci build vscode www-data test'.split(
    ' ',
  ),
);

/** The texts that are kept out of a package. */
export function privateTexts({ env, machine, folders, bank }: Surroundings): readonly PrivateText[] {
  const secrets = Object.entries(env).flatMap(([name, value]) => (SECRET_NAME.test(name) ? [value] : []));
  const passwords = [bank, ...Object.values(env)].map(
    (address) => /:\/\/[^\s/:@]*:([^\s/@]+)@/.exec(address ?? '')?.[1],
  );
  const users = [machine.user, env['USER'], env['LOGNAME'], env['USERNAME']];
  const hosts = [machine.host, env['HOSTNAME']];
  return [
    ...texts([...secrets, ...passwords], MIN_SECRET, 'secret', '[secret]'),
    ...texts(folders, 3, 'path', '[project]'),
    ...texts([env['HOME'], env['USERPROFILE']], 3, 'path', '[home]'),
    ...texts(users.filter(isTelling), 2, 'word', '[user]'),
    ...texts(hosts.filter(isTelling), 2, 'word', '[host]'),
  ];
}

function isTelling(name: string | undefined): boolean {
  return name !== undefined && !COMMON_NAMES.has(name.toLowerCase());
}

function texts(
  values: readonly (string | undefined)[],
  shortest: number,
  kind: PrivateText['kind'],
  placeholder: string,
): readonly PrivateText[] {
  const long = values.filter((value) => value !== undefined && value.length >= shortest);
  return [...new Set(long)].flatMap((text) => (text === undefined ? [] : [{ text, kind, placeholder }]));
}
