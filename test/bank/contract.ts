import { beforeAll, describe, expect, test } from 'vitest';
import type { BankEntry, PatternBank, StatusChange } from '../../src/bank/pattern-bank.ts';
import { documentDigest, frozenDigest } from '../../src/documents/bank-document.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { formatRef, type PatternRef } from '../../src/model/pattern.ts';
import type { Release } from '../../src/model/release.ts';
import { AT, testOutcome, testPattern } from './patterns.ts';

/** One empty bank, and how another process would open it. */
export interface BankUnderTest {
  readonly bank: PatternBank;
  readonly reopen: () => Promise<PatternBank>;
}

const PRODUCTION = { status: 'production', at: AT } as const;

export async function entriesOf(bank: PatternBank): Promise<readonly BankEntry[]> {
  const entries: BankEntry[] = [];
  for await (const entry of bank.entries()) entries.push(entry);
  return entries;
}

export async function outcomesOf(bank: PatternBank): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for await (const outcome of bank.outcomes()) outcomes.push(outcome);
  return outcomes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function changesOf(bank: PatternBank): Promise<readonly StatusChange[]> {
  const changes: StatusChange[] = [];
  for await (const one of bank.changes()) changes.push(one);
  return changes;
}

function refs(list: readonly PatternRef[]): readonly string[] {
  return list.map(formatRef);
}

function change(to: StatusChange['to'], from: StatusChange['from'], second: number): StatusChange {
  const at = `2026-02-01T00:00:0${second}.000Z`;
  return { pattern_id: 'alpha', version: '1.0.0', at, from, to, reason: `because ${second}` };
}

function releaseOf(name: string, ...versions: readonly string[]): Release {
  return {
    name,
    at: AT,
    versions: versions.map((version) => {
      const pattern = testPattern('alpha', version);
      return { pattern_id: 'alpha', version, digest: frozenDigest(pattern) };
    }),
  };
}

/** What every bank has to do. `make` gives an empty bank; the suite closes nothing. */
export function bankContract(title: string, make: () => Promise<BankUnderTest>): void {
  describe(`the contract of a bank: ${title}`, () => {
    let under: BankUnderTest;
    const fresh = () =>
      beforeAll(async () => {
        under = await make();
      });

    describe('publishing', () => {
      fresh();

      test('a bank starts empty', async () => {
        expect(await entriesOf(under.bank)).toEqual([]);
        expect(await under.bank.versionsOf(['alpha'])).toEqual([]);
        expect(await under.bank.fetch([{ pattern_id: 'alpha', version: '1.0.0' }])).toEqual([undefined]);
        expect(await outcomesOf(under.bank)).toEqual([]);
        expect(await under.bank.releases()).toEqual([]);
      });

      test('tells published, unchanged and conflict apart, in the order given', async () => {
        const [alpha, beta] = [testPattern('alpha'), testPattern('beta', '1.0.0-rc.1')];
        const first = await under.bank.publish([beta, alpha], PRODUCTION);
        expect(first).toEqual([
          {
            kind: 'published',
            ref: { pattern_id: 'beta', version: '1.0.0-rc.1' },
            documentDigest: documentDigest(beta),
          },
          {
            kind: 'published',
            ref: { pattern_id: 'alpha', version: '1.0.0' },
            documentDigest: documentDigest(alpha),
          },
        ]);
        const other = testPattern('alpha', '1.0.0', 'another body\n');
        const second = await under.bank.publish([other, beta], PRODUCTION);
        expect(second.map(({ kind }) => kind)).toEqual(['conflict', 'unchanged']);
        expect(second[0]).toMatchObject({
          existing: documentDigest(alpha),
          documentDigest: documentDigest(other),
        });
        expect(await under.bank.fetch([{ pattern_id: 'alpha', version: '1.0.0' }])).toEqual([alpha]);
      });

      test('the record counts too: the same body with another purpose is a conflict', async () => {
        const { record } = testPattern('alpha');
        const signature = { ...record.signature, purpose: 'Something else' };
        const [outcome] = await under.bank.publish(
          [testPattern('alpha', '1.0.0', undefined, { signature })],
          PRODUCTION,
        );
        expect(outcome?.kind).toBe('conflict');
      });

      test('fetches in the order asked for, with holes', async () => {
        const [missing, alpha] = await under.bank.fetch([
          { pattern_id: 'alpha', version: '9.9.9' },
          { pattern_id: 'alpha', version: '1.0.0' },
        ]);
        expect(missing).toBeUndefined();
        expect(alpha).toEqual(testPattern('alpha'));
      });

      test('keeps every byte of a body', async () => {
        const bytes = new Uint8Array(Array.from({ length: 256 }, (_, i) => i));
        const binary = testPattern('binary', '1.0.0', bytes);
        const odd = testPattern('odd', '1.0.0', '\r\nÜ 😀 {{ "x" | \u0001 }}\u2028');
        const empty = testPattern('empty', '1.0.0', '');
        await under.bank.publish([binary, odd, empty], PRODUCTION);
        const found = await under.bank.fetch([binary.frozen, odd.frozen, empty.frozen]);
        expect(found).toEqual([binary, odd, empty]);
      });
    });

    describe('reading', () => {
      fresh();
      const patterns = ['gamma', 'alpha', 'acme/zeta', 'alpha-2'].flatMap((id) =>
        ['1.10.0', '1.2.0', '1.2.0-rc.1'].map((version) => testPattern(id, version)),
      );
      const sorted = ['acme/zeta', 'alpha', 'alpha-2', 'gamma'].flatMap((id) =>
        ['1.10.0', '1.2.0', '1.2.0-rc.1'].map((version) => `${id}@${version}`),
      );

      test('lists every version by id and then version, in byte order, whatever the order of publishing', async () => {
        await under.bank.publish(patterns, PRODUCTION);
        expect(refs(await entriesOf(under.bank))).toEqual(sorted);
        expect(await entriesOf(await under.reopen())).toEqual(await entriesOf(under.bank));
      });

      test('an entry says what the pattern is', async () => {
        const [entry] = await under.bank.versionsOf(['gamma']);
        const pattern = testPattern('gamma', entry?.version);
        expect(entry).toEqual({
          pattern_id: 'gamma',
          version: entry?.version,
          digest: frozenDigest(pattern),
          documentDigest: documentDigest(pattern),
          body: pattern.frozen.body,
          record: pattern.record,
          published: { at: AT, status: 'production' },
          status: 'production',
          counts: { usage: 0, successes: 0, failures: 0 },
        });
      });

      test('gives the versions of several ids at once, each once', async () => {
        const found = await under.bank.versionsOf(['gamma', 'nobody', 'acme/zeta', 'gamma']);
        expect(refs(found).toSorted()).toEqual(
          sorted.filter((ref) => /^(?:gamma|acme\/zeta)@/.test(ref)).toSorted(),
        );
      });
    });

    describe('statuses', () => {
      fresh();

      test('a version starts with the status it was published with, and the last change counts', async () => {
        await under.bank.publish([testPattern('alpha')], { status: 'candidate', at: AT });
        expect((await entriesOf(under.bank))[0]?.status).toBe('candidate');
        await under.bank.setStatus(change('production', 'candidate', 1));
        await under.bank.setStatus(change('deprecated', 'production', 2));
        await under.bank.setStatus(change('production', 'deprecated', 3));
        expect((await entriesOf(under.bank))[0]?.status).toBe('production');
        expect((await (await under.reopen()).versionsOf(['alpha']))[0]?.status).toBe('production');
      });

      test('the history begins with the publication', async () => {
        const first: StatusChange = {
          pattern_id: 'alpha',
          version: '1.0.0',
          at: AT,
          from: null,
          to: 'candidate',
          reason: 'published',
        };
        expect(await under.bank.history({ pattern_id: 'alpha', version: '1.0.0' })).toEqual([
          first,
          change('production', 'candidate', 1),
          change('deprecated', 'production', 2),
          change('production', 'deprecated', 3),
        ]);
        expect(await under.bank.history({ pattern_id: 'alpha', version: '2.0.0' })).toEqual([]);
      });

      test('changes made in one millisecond keep their order', async () => {
        await under.bank.setStatus(change('deprecated', 'production', 4));
        await under.bank.setStatus({ ...change('quarantined', 'deprecated', 4), reason: 'at once' });
        const history = await under.bank.history({ pattern_id: 'alpha', version: '1.0.0' });
        expect(history.at(-1)?.reason).toBe('at once');
        expect((await entriesOf(under.bank))[0]?.status).toBe('quarantined');
      });

      test('publishing the version again changes no status', async () => {
        await under.bank.publish([testPattern('alpha')], PRODUCTION);
        expect((await entriesOf(under.bank))[0]?.status).toBe('quarantined');
      });
    });

    describe('outcomes', () => {
      fresh();

      test('are recorded once, by id, however often they are sent', async () => {
        await under.bank.publish([testPattern('alpha'), testPattern('beta')], PRODUCTION);
        const usages = [testOutcome(1), testOutcome(2, { pattern_id: 'beta' })];
        expect(await under.bank.record(usages)).toEqual({ recorded: 2, known: 0 });
        expect(await under.bank.record([...usages, testOutcome(3, { kind: 'failure', count: 4 })])).toEqual({
          recorded: 1,
          known: 2,
        });
        expect(await under.bank.record([])).toEqual({ recorded: 0, known: 0 });
        expect(await outcomesOf(await under.reopen())).toEqual(
          [...usages, testOutcome(3, { kind: 'failure', count: 4 })].toSorted((a, b) =>
            a.id < b.id ? -1 : 1,
          ),
        );
      });

      test('an id that comes twice in one call counts once', async () => {
        const twice = testOutcome(4, { kind: 'success', count: 2 });
        expect(await under.bank.record([twice, twice])).toEqual({ recorded: 1, known: 1 });
      });

      test('of two outcomes of one id the first stands', async () => {
        const other = testOutcome(4, { kind: 'failure', count: 50 });
        expect(await under.bank.record([other])).toEqual({ recorded: 0, known: 1 });
      });

      test('the counts of an entry are their sums', async () => {
        const counts = Object.fromEntries(
          (await entriesOf(under.bank)).map((entry) => [entry.pattern_id, entry.counts]),
        );
        expect(counts).toEqual({
          alpha: { usage: 1, successes: 2, failures: 4 },
          beta: { usage: 1, successes: 0, failures: 0 },
        });
        const [alpha] = await under.bank.versionsOf(['alpha']);
        expect(alpha?.counts).toEqual(counts['alpha']);
      });

      test('many at once, and from two writers at once', async () => {
        const second = await under.reopen();
        const many = Array.from({ length: 600 }, (_, i) => testOutcome(1000 + i, { pattern_id: 'beta' }));
        await Promise.all([under.bank.record(many.slice(0, 400)), second.record(many.slice(200))]);
        const found = (await outcomesOf(under.bank)).filter(({ evidence }) =>
          /^observation 1\d\d\d$/.test(evidence),
        );
        expect(found).toEqual(many.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
        const [beta] = await second.versionsOf(['beta']);
        expect(beta?.counts.usage).toBe(601);
      });
    });

    describe('releases', () => {
      fresh();

      test('are write-once', async () => {
        await under.bank.publish([testPattern('alpha')], PRODUCTION);
        const release = releaseOf('spring', '1.0.0');
        expect(await under.bank.release(release)).toEqual({ kind: 'released', release });
        const later = { ...release, at: '2027-01-01T00:00:00.000Z' };
        expect(await under.bank.release(later)).toEqual({ kind: 'known', release });
        const other = releaseOf('spring', '1.0.0', '2.0.0');
        expect(await under.bank.release(other)).toEqual({ kind: 'conflict', release });
      });

      test('are listed by name', async () => {
        await under.bank.release(releaseOf('autumn'));
        const second = await under.reopen();
        expect((await second.releases()).map(({ name }) => name)).toEqual(['autumn', 'spring']);
        expect(await second.releases()).toEqual([releaseOf('autumn'), releaseOf('spring', '1.0.0')]);
      });
    });

    describe('moving', () => {
      fresh();
      const older = { at: '2025-01-01T00:00:00.000Z', status: 'candidate' } as const;

      test('what is restored has its own time and status, and is write-once too', async () => {
        const [alpha, beta] = [testPattern('alpha'), testPattern('beta')];
        const versions = [
          { pattern: alpha, published: older },
          { pattern: beta, published: PRODUCTION },
        ];
        expect((await under.bank.restore(versions)).map(({ kind }) => kind)).toEqual([
          'published',
          'published',
        ]);
        const entries = await entriesOf(await under.reopen());
        expect(entries.map(({ published }) => published)).toEqual([older, PRODUCTION]);
        expect(entries.map(({ status }) => status)).toEqual(['candidate', 'production']);
        const other = { pattern: testPattern('alpha', '1.0.0', 'another body\n'), published: older };
        const again = await under.bank.restore([other, { pattern: beta, published: older }]);
        expect(again.map(({ kind }) => kind)).toEqual(['conflict', 'unchanged']);
        expect((await entriesOf(under.bank)).map(({ published }) => published)).toEqual([older, PRODUCTION]);
      });

      test('the changes of all versions are there without their publications, those of one in order', async () => {
        expect(await changesOf(under.bank)).toEqual([]);
        const beta = { ...change('deprecated', 'production', 1), pattern_id: 'beta' };
        const own = [
          change('production', 'candidate', 3),
          change('deprecated', 'production', 2),
          change('yanked', 'deprecated', 1),
        ];
        for (const one of own.slice(0, 2)) await under.bank.setStatus(one);
        await under.bank.setStatus(beta);
        for (const one of own.slice(2)) await under.bank.setStatus(one);
        const found = await changesOf(await under.reopen());
        expect(found.filter(({ pattern_id }) => pattern_id === 'alpha')).toEqual(own);
        expect(found.filter(({ pattern_id }) => pattern_id === 'beta')).toEqual([beta]);
      });

      test('reindexing leaves what is held as it is', async () => {
        const before = await entriesOf(under.bank);
        const { index } = await under.bank.describe();
        const renewed = await under.bank.reindex();
        expect(renewed).toBe(index === null ? 0 : before.length);
        expect(await entriesOf(await under.reopen())).toEqual(before);
        expect((await under.bank.describe()).index).toEqual(
          index === null ? null : { present: before.length, missing: 0 },
        );
      });
    });

    describe('several writers', () => {
      fresh();

      test('of two publishers of one version with other content exactly one wins', async () => {
        const banks = await Promise.all(Array.from({ length: 4 }, () => under.reopen()));
        for (let round = 0; round < 5; round++) {
          const outcomes = await Promise.all(
            banks.map((bank, i) =>
              bank.publish([testPattern('race', `1.0.${round}`, `body of writer ${i}\n`)], PRODUCTION),
            ),
          );
          const kinds = outcomes.flatMap((list) => list.map(({ kind }) => kind)).toSorted();
          expect(kinds).toEqual(['conflict', 'conflict', 'conflict', 'published']);
          const winner = outcomes.findIndex((list) => list[0]?.kind === 'published');
          const [pattern] = await under.bank.fetch([{ pattern_id: 'race', version: `1.0.${round}` }]);
          expect(Buffer.from(pattern?.body ?? []).toString()).toBe(`body of writer ${winner}\n`);
        }
      });

      test('of two releases of one name exactly one wins', async () => {
        const banks = await Promise.all(Array.from({ length: 4 }, () => under.reopen()));
        const outcomes = await Promise.all(
          banks.map((bank, i) => bank.release(releaseOf('contested', `${i}.0.0`))),
        );
        expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual([
          'conflict',
          'conflict',
          'conflict',
          'released',
        ]);
        expect(new Set(outcomes.map(({ release }) => release.versions[0]?.version)).size).toBe(1);
      });
    });
  });
}
