import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { EmbeddedBank } from '../../src/bank/embedded-bank.ts';
import { createHost } from '../../src/host/host.ts';
import { bankContract, outcomesOf } from './contract.ts';
import { AT, testOutcome, testPattern } from './patterns.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patterns-bank-'));
  folders.push(folder);
  return folder;
}

function open(folder: string): EmbeddedBank {
  return new EmbeddedBank(createHost(undefined), folder, 'file:bank');
}

bankContract('embedded', async () => {
  const folder = emptyFolder();
  return { bank: open(folder), reopen: async () => open(folder) };
});

describe('journals of the embedded bank', () => {
  const file = (folder: string) => join(folder, 'outcomes.jsonl');

  test('a torn last line is passed over, and not swallowed into the next append', async () => {
    const folder = emptyFolder();
    await open(folder).record([testOutcome(1)]);
    // Cut inside a character of two bytes.
    appendFileSync(file(folder), Buffer.from('{"id":"Ü', 'utf8').subarray(0, -1));
    expect(await outcomesOf(open(folder))).toEqual([testOutcome(1)]);
    expect(await open(folder).record([testOutcome(2)])).toEqual({ recorded: 1, known: 0 });
    await open(folder).record([testOutcome(3)]);
    expect(await outcomesOf(open(folder))).toHaveLength(3);
  });

  test('a torn line without any byte lost but its newline was not acknowledged, and can be sent again', async () => {
    const folder = emptyFolder();
    await open(folder).record([testOutcome(1), testOutcome(2)]);
    const whole = readFileSync(file(folder));
    rmSync(file(folder));
    appendFileSync(file(folder), whole.subarray(0, -1));
    expect(await open(folder).record([testOutcome(1), testOutcome(2)])).toEqual({ recorded: 1, known: 1 });
    expect(await outcomesOf(open(folder))).toHaveLength(2);
  });

  test('a damaged line in the middle is an error that names the line', async () => {
    const folder = emptyFolder();
    await open(folder).record([testOutcome(1)]);
    appendFileSync(file(folder), '{"id":\n');
    await expect(open(folder).record([testOutcome(2)])).rejects.toMatchObject({
      code: 'BANK_CORRUPT',
      place: { file: 'file:bank/outcomes.jsonl', line: 2 },
    });
  });

  test('a line of another shape is refused', async () => {
    const folder = emptyFolder();
    const bank = open(folder);
    await bank.publish([testPattern('alpha')], { status: 'production', at: AT });
    appendFileSync(file(folder), `${JSON.stringify({ ...testOutcome(1), count: 0 })}\n`);
    await expect(bank.versionsOf(['alpha'])).rejects.toMatchObject({ code: 'BANK_CORRUPT' });
  });
});
