import { cpSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { build } from '../../src/commands/build.ts';
import { workspaceOf } from '../support/workspace.ts';
import { lock } from '../../src/commands/lock.ts';
import { replay } from '../../src/commands/replay.ts';
import { createHost } from '../../src/host/host.ts';
import { inAnotherWorld } from '../support/poison.ts';
import { emptyProject, snapshot } from '../support/project.ts';
import { repository } from '../support/repository.ts';

/** Locks, builds and replays a spec from nothing, and tells every byte of it. */
async function generation(spec: string, salt: number) {
  const project = emptyProject();
  cpSync(repository('manifests'), project.path('manifests'), { recursive: true });
  const { result, asked } = await inAnotherWorld(salt, async () => {
    const workspace = workspaceOf(project, createHost('1700000000'), 'offline');
    const locked = await lock(workspace, project.path(spec), {
      update: { kind: 'keep' },
      mode: 'write',
      bank: 'optional',
      release: undefined,
    });
    const output = project.path('out');
    const built = await build(workspace, {
      spec: project.path(spec),
      output,
      lock: 'locked',
      bank: 'optional',
      write: 'write',
      edits: 'keep',
      diff: 'none',
    });
    const replayed = replay(workspace, {
      source: project.path('out/generation_manifest.json'),
      spec: undefined,
      output: undefined,
      expect: undefined,
      edits: 'keep',
    });
    await workspace.bank.close();
    return { pins: locked.pins, digest: built.output_digest, identical: replayed.identical };
  });
  return {
    result,
    asked,
    bytes: { out: snapshot(project.path('out')), golden: snapshot(project.path('golden')) },
  };
}

describe('in worlds that differ in clock, randomness, locale, order of folders and machine', () => {
  test.each(['manifests/shop/core.yaml', 'manifests/shop/app.yaml', 'manifests/clinic/app.yaml'])(
    '%s has the same bytes',
    async (spec) => {
      const one = await generation(spec, 3);
      const other = await generation(spec, 58);
      expect(one.result.identical).toBe(true);
      expect(other.bytes).toEqual(one.bytes);
      expect(other.result).toEqual(one.result);
      // Neither is anything of it asked for, so that no rare path can let it in.
      expect([...one.asked, ...other.asked].filter((name) => !name.startsWith('env.'))).toEqual([]);
      expect(one.asked.filter((name) => /LANG|LC_|TZ|HOME|USER|PATTERNS/.test(name))).toEqual([]);
    },
  );

  test('the harness sees who asks', async () => {
    const { result, asked } = await inAnotherWorld(3, async () => [
      Math.random(),
      new Date().getTime(),
      'a'.localeCompare('b'),
    ]);
    expect(result).toEqual([3 / 97, 3 * 86_400_000 * 400, -1]);
    expect(asked).toEqual(['Math.random', 'localeCompare', 'new Date()']);
  });
});
