import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/**
 * Lets an action run in a world that differs in all that no output may depend on: the clock, randomness, the locale, the
 * order of folders, what the machine says of itself, the environment. What the action asks for is told.
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
  replace(Number.prototype, 'toLocaleString', told('Number.toLocaleString', `locale ${salt}`));
  for (const name of ['hostname', 'userInfo', 'homedir', 'tmpdir', 'cpus', 'platform'])
    replace(os, name, told(`os.${name}`, `machine ${salt}`));
  const list: unknown = Reflect.get(fs, 'readdirSync');
  replace(fs, 'readdirSync', (...args: unknown[]): unknown => {
    const names: unknown = typeof list === 'function' ? Reflect.apply(list, fs, args) : [];
    return Array.isArray(names) ? names.reverse() : names;
  });
  const environment = process.env;
  process.env = new Proxy(environment, {
    get: (target, name) => {
      if (typeof name === 'string') asked.add(`env.${name}`);
      return Reflect.get(target, name) as unknown;
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
