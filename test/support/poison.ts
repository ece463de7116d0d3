import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/** What nothing but the composition root may read, and what the tools of a platform take their locale and zone from. */
const POISONED =
  /^(?:LANG|LANGUAGE|LC_|TZ$|HOME$|USER|LOGNAME|PATH$|PWD$|TMPDIR|SOURCE_DATE_EPOCH|NO_COLOR|CI$|PATTERNS_BANK|USE_PATTERN)/;

/**
 * Lets an action run in a world that differs in all that no output may depend on: the clock, randomness, the locale, the
 * order of folders, what the machine says of itself, the environment, and the order in which timers and what the disk answers
 * later come back. What the action asks for is told.
 */
export async function inAnotherWorld<T>(
  salt: number,
  act: () => Promise<T>,
): Promise<{ result: T; asked: readonly string[] }> {
  const asked = new Set<string>();
  const undo: (() => void)[] = [];
  const replace = (owner: object, name: string, value: unknown): void => {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { configurable: true, writable: true, value });
    undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, before);
    });
  };
  const told = (name: string, answer: unknown) => (): unknown => {
    asked.add(name);
    return answer;
  };
  const RealDate = Date;
  class OtherDate extends RealDate {
    constructor(...args: [] | [number | string]) {
      if (args.length === 0) asked.add('new Date()');
      super(args.length === 0 ? salt * 86_400_000 * 400 : args[0]);
    }
    static override now(): number {
      asked.add('Date.now');
      return salt * 86_400_000 * 400;
    }
  }
  replace(globalThis, 'Date', OtherDate);
  replace(Math, 'random', told('Math.random', (salt % 97) / 97));
  replace(crypto, 'randomUUID', told('randomUUID', `00000000-0000-4000-8000-00000000000${salt % 10}`));
  replace(String.prototype, 'localeCompare', told('localeCompare', salt % 2 === 0 ? 1 : -1));
  for (const name of ['toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase'])
    replace(String.prototype, name, told(name, `locale ${salt}`));
  for (const owner of [Number, Date, Array, BigInt]) {
    for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'])
      if (name in owner.prototype)
        replace(owner.prototype, name, told(`${owner.name}.${name}`, `locale ${salt}`));
  }
  replace(
    globalThis,
    'Intl',
    new Proxy(Intl, {
      get: (_, name) => {
        asked.add(`Intl.${String(name)}`);
        throw new Error('no locale is asked for');
      },
    }),
  );
  replace(performance, 'now', told('performance.now', salt));
  replace(process, 'uptime', told('process.uptime', salt));
  for (const name of ['hostname', 'userInfo', 'homedir', 'tmpdir', 'cpus', 'platform'])
    replace(os, name, told(`os.${name}`, `machine ${salt}`));
  const list: unknown = Reflect.get(fs, 'readdirSync');
  replace(fs, 'readdirSync', (...args: unknown[]): unknown => {
    const names: unknown = typeof list === 'function' ? Reflect.apply(list, fs, args) : [];
    return Array.isArray(names) ? names.reverse() : names;
  });
  // Another order for all that comes back later: each wait takes its own time, drawn from the salt.
  const { setTimeout: later } = globalThis;
  let draws = salt;
  const wait = (): number => {
    draws = (Math.imul(draws, 1664525) + 1013904223) >>> 0;
    return Math.floor((draws / 2 ** 32) * 4);
  };
  const sync: unknown = Reflect.get(fs, 'fsync');
  replace(fs, 'fsync', (...args: unknown[]): unknown => {
    const done = args.at(-1);
    const delayed = (...answer: unknown[]) => {
      later(() => typeof done === 'function' && (Reflect.apply(done, undefined, answer) as unknown), wait());
    };
    return typeof sync === 'function' ? Reflect.apply(sync, fs, [...args.slice(0, -1), delayed]) : undefined;
  });
  for (const name of ['setTimeout', 'setImmediate'])
    replace(globalThis, name, (callback: () => void) => {
      asked.add(name);
      return later(callback, wait());
    });
  const environment = process.env;
  process.env = new Proxy(environment, {
    get: (target, name) => {
      if (typeof name !== 'string') return Reflect.get(target, name) as unknown;
      asked.add(`env.${name}`);
      return POISONED.test(name) ? `poison ${salt}` : (Reflect.get(target, name) as unknown);
    },
  });
  syncBuiltinESMExports();
  try {
    return { result: await act(), asked: [...asked].sort() };
  } finally {
    process.env = environment;
    for (const one of undo.reverse()) one();
    syncBuiltinESMExports();
  }
}
