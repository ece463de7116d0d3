import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PatternsError } from '../../src/model/error.ts';
import type { SeedField, SeedPlan } from '../../src/model/smoke-plan.ts';
import { loadedRows, makeRows, rowId } from '../../src/smoke/seed-rows.ts';

function planOf(fields: readonly SeedField[], rows = 20): SeedPlan {
  return { seed: 'app', rows, spare: 5, entities: [{ name: 'Thing', fields }] };
}

async function valuesOf(field: SeedField): Promise<readonly unknown[]> {
  const rows = (await makeRows(planOf([field]), 'seed.yaml')).get('Thing') ?? [];
  return rows.map((row) => row[field.name]);
}

describe('rows', () => {
  test('are the same each time, and do not depend on other fields or entities', async () => {
    const name: SeedField = { name: 'name', make: 'full_name' };
    const alone = await makeRows(planOf([name]), 'seed.yaml');
    const plan = planOf([{ name: 'city', make: 'city' }, name]);
    const among = await makeRows(
      { ...plan, entities: [{ name: 'Other', fields: [name] }, ...plan.entities] },
      'seed.yaml',
    );
    expect(among.get('Thing')?.map((row) => row['name'])).toEqual(
      alone.get('Thing')?.map((row) => row['name']),
    );
    expect(await makeRows(planOf([name]), 'seed.yaml')).toEqual(alone);
    expect(new Set(alone.get('Thing')?.map((row) => row['name'])).size).toBeGreaterThan(15);
  });

  test('have keys that are UUIDs of version 8', () => {
    expect(rowId('app', 'Thing', 1)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(rowId('app', 'Thing', 1)).not.toBe(rowId('app', 'Thing', 2));
  });

  test('keep the bounds of numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -500, max: 500 }),
        fc.integer({ min: 0, max: 50 }),
        async (min, span) => {
          const values = await valuesOf({ name: 'n', make: 'integer', min, max: min + span });
          for (const value of values)
            expect([value, Number(value) >= min && Number(value) <= min + span]).toEqual([value, true]);
        },
      ),
      { numRuns: 30 },
    );
    for (const price of await valuesOf({ name: 'p', make: 'decimal', above: 0, digits: 5, places: 3 })) {
      expect(price).toMatch(/^\d{1,2}\.\d{3}$/);
      expect(Number(price)).toBeGreaterThan(0);
    }
  });

  test('keep the bounds of texts, and are distinct where they have to be', async () => {
    const codes = await valuesOf({ name: 'c', make: 'words', min: 6, max: 12, unique: true });
    for (const code of codes) expect(String(code).length).toBeGreaterThanOrEqual(6);
    for (const code of codes) expect(String(code).length).toBeLessThanOrEqual(12);
    expect(new Set(codes).size).toBe(codes.length);
    const emails = await valuesOf({ name: 'e', make: 'email', max: 254, unique: true });
    expect(new Set(emails).size).toBe(emails.length);
    for (const email of emails) expect(email).toMatch(/^[^@\s]+@example\.com$/);
  });

  test('refer to rows that are there, children inside of their parents', async () => {
    const plan: SeedPlan = {
      seed: 'app',
      rows: 3,
      spare: 1,
      entities: [
        { name: 'Owner', fields: [] },
        {
          name: 'Cart',
          fields: [
            { name: 'owner_id', make: 'reference', to: 'Owner' },
            { name: 'items', make: 'children', of: 'Item' },
          ],
        },
        { name: 'Item', parent: 'Cart', fields: [{ name: 'quantity', make: 'integer', min: 1 }] },
      ],
    };
    const rows = await makeRows(plan, 'seed.yaml');
    const loaded = loadedRows(plan, rows);
    expect(Object.keys(loaded)).toEqual(['Owner', 'Cart']);
    expect(loaded['Cart']).toHaveLength(3);
    const [, second] = loaded['Cart'] ?? [];
    expect(second?.['owner_id']).toBe(rows.get('Owner')?.[1]?.['id']);
    expect(second?.['items']).toEqual([rows.get('Item')?.[1]]);
  });
});

describe('a plan is refused', () => {
  test.each([
    ['an unknown way to make a value', { name: 'n', make: 'full_nam' }, 'full_name'],
    ['a reference to no entity', { name: 'n', make: 'reference', to: 'Nobody' }, 'Nobody'],
    ['fewer values than rows', { name: 'n', make: 'integer', min: 0, max: 3, unique: true }, 'fewer values'],
  ])('%s', async (_what, field, said) => {
    const error = await makeRows(planOf([field]), 'smoke/seed.yaml').catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(PatternsError);
    const { code, message, hint } = error as PatternsError;
    expect(code).toBe('PATTERN_INVALID');
    expect(`${message} ${hint}`).toContain(said);
    expect(message).toContain('smoke/seed.yaml');
  });
});
