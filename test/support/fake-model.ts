import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { repository } from './repository.ts';
import type { TestProject } from './project.ts';

export interface FakeModel {
  readonly port: number;
  /** What was asked so far. */
  readonly requests: () => readonly {
    url: string;
    headers: Record<string, string>;
    body: Record<string, unknown>;
  }[];
  readonly stop: () => Promise<void>;
}

/** Starts a server that answers like a language model with these texts, one after the other. */
export async function fakeModel(project: TestProject, answers: readonly string[]): Promise<FakeModel> {
  const [script, log] = ['model-answers.json', 'model-requests.jsonl'];
  project.write(script, JSON.stringify(answers));
  project.write(log, '');
  const child = spawn(
    process.execPath,
    [repository('test/support/fake-model.cjs'), project.path(script), project.path(log)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
  });
  const stop = async () => {
    child.kill();
    await ended;
  };
  onTestFinished(stop);
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
    child.once('exit', () => reject(new Error('the fake model did not start')));
  });
  return {
    port,
    requests: () =>
      project
        .read(log)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    stop,
  };
}

/** The environment that points the command at a fake model. */
export function modelEnv(
  model: FakeModel,
  provider: 'openai' | 'anthropic' = 'openai',
): Record<string, string> {
  const base = `http://127.0.0.1:${model.port}`;
  return {
    PATTERNS_LLM: `${provider}:fake`,
    PATTERNS_LLM_BASE_URL: provider === 'openai' ? `${base}/v1` : base,
    PATTERNS_LLM_API_KEY: 'a-key-that-nobody-may-see',
    PATTERNS_EMBEDDER: 'none',
  };
}
