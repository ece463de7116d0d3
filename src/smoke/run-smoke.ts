import type { Host } from '../host/host.ts';
import { stopwatch } from '../host/clock.ts';
import { platformName } from '../host/processes.ts';
import { PatternsError } from '../model/error.ts';
import type { Span } from '../model/manifest.ts';
import type {
  SmokeError,
  SmokeOperation,
  SmokePhase,
  SmokePhaseName,
  SmokeReport,
} from '../model/smoke-report.ts';
import type { CheckOperation, ChecksPlan, ServicePlan } from '../model/smoke-plan.ts';
import { type Caller, callOperation, fetchOpenApi } from './call.ts';
import { ResponseSchemas } from './response-schema.ts';
import type { SeedRows } from './seed-rows.ts';
import { Service, type ServiceFolders, StepFailed } from './service.ts';
import { TraceReader } from './stack-trace.ts';

export interface SmokeInput {
  readonly host: Host;
  readonly folders: ServiceFolders;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly service: ServicePlan;
  readonly checks: ChecksPlan;
  readonly rows: SeedRows;
  /** The generated files with their spans and texts. */
  readonly files: readonly {
    readonly path: string;
    readonly spans: readonly Span[];
    readonly text: () => string;
  }[];
}

export type SmokeResult = Pick<SmokeReport, 'environment' | 'verdict' | 'phases' | 'operations' | 'executed'>;

/**
 * Starts the service of a generated tree, seeds it, calls each of its operations, and stops it. What fails is a verdict,
 * not an error; what cannot be tried because of it is skipped.
 *
 * @throws PatternsError SMOKE_UNAVAILABLE when this machine lacks what the service needs, PATTERN_INVALID for a bad plan
 */
export async function runSmoke(input: SmokeInput): Promise<SmokeResult> {
  return new SmokeRun(input).run();
}

const PHASES: readonly SmokePhaseName[] = ['install', 'migrate', 'seed', 'start', 'ready'];

class SmokeRun {
  readonly #input: SmokeInput;
  readonly #service: Service;
  readonly #traces: TraceReader;
  readonly #phases: SmokePhase[] = [];

  constructor(input: SmokeInput) {
    const { host, folders, environment, service, files } = input;
    this.#input = input;
    this.#service = new Service(service, host, folders, environment);
    this.#traces = new TraceReader(service, folders.tree, new Set(files.map((file) => file.path)));
  }

  async run(): Promise<SmokeResult> {
    const service = this.#service;
    const steps: Readonly<Record<string, () => Promise<void>>> = {
      install: () => service.install(),
      migrate: async () => {
        await service.prepare();
        await service.migrate();
      },
      seed: () => service.seed(),
      start: async () => service.start(),
      ready: () => service.waitUntilReady(),
    };
    try {
      for (const name of PHASES) {
        const step = steps[name];
        if (step !== undefined) await this.#phase(name, step);
      }
      const operations = await this.#operations();
      const versions = this.#failed ? [] : await service.versions();
      await this.#stop();
      const isGood =
        !this.#failed && operations.every(({ calls }) => calls.every((call) => call.verdict === 'passed'));
      return {
        environment: [...versions, platformName()].join(', ').slice(0, 300),
        verdict: isGood ? 'passed' : 'failed',
        phases: this.#phases,
        operations,
        executed: this.#executed(),
      };
    } finally {
      await service.stop();
    }
  }

  get #failed(): boolean {
    return this.#phases.some((phase) => phase.verdict === 'failed');
  }

  async #phase(name: SmokePhaseName, step: () => Promise<void>): Promise<void> {
    if (this.#failed) {
      this.#phases.push({ name, verdict: 'skipped', duration_ms: 0 });
      return;
    }
    const started = stopwatch();
    const duration = (): number => Math.round(stopwatch() - started);
    try {
      await step();
      this.#phases.push({ name, verdict: 'passed', duration_ms: duration() });
    } catch (cause) {
      if (cause instanceof PatternsError || !(cause instanceof Error)) throw cause;
      this.#phases.push({ name, verdict: 'failed', duration_ms: duration(), error: this.#errorOf(cause) });
    }
  }

  #errorOf(cause: Error): SmokeError {
    const output = cause instanceof StepFailed ? cause.output : '';
    const trace = this.#traces.read(output);
    if (trace !== undefined) return trace;
    const tail = output.trim().split('\n').slice(-5).join('\n').replaceAll(this.#input.folders.tree, '.');
    const name = cause instanceof StepFailed ? 'CommandFailed' : cause.name;
    return { class: name, message: `${cause.message}\n${tail}`.trim().slice(0, 2000), frames: [] };
  }

  async #stop(): Promise<void> {
    const started = stopwatch();
    const finished = await this.#service.stop();
    if (finished === undefined) {
      this.#phases.push({ name: 'stop', verdict: 'skipped', duration_ms: 0 });
      return;
    }
    const duration_ms = Math.round(stopwatch() - started);
    if (finished.problem === undefined) {
      this.#phases.push({ name: 'stop', verdict: 'passed', duration_ms });
      return;
    }
    const error = { class: 'NotStopped', message: finished.problem, frames: [] };
    this.#phases.push({ name: 'stop', verdict: 'failed', duration_ms, error });
  }

  async #operations(): Promise<readonly SmokeOperation[]> {
    const { checks, service, rows } = this.#input;
    if (this.#failed) return checks.operations.map((operation) => this.#skipped(operation));
    const schemas = new ResponseSchemas(await fetchOpenApi(this.#service, service.openapi));
    const caller: Caller = {
      service: this.#service,
      rows,
      schemas,
      traces: this.#traces,
      label: 'the checks',
    };
    const operations: SmokeOperation[] = [];
    for (const operation of checks.operations) {
      const calls: SmokeOperation['calls'][number][] = [];
      for (const call of operation.calls) calls.push(await callOperation(caller, operation, call));
      operations.push({ ...this.#described(operation), calls });
    }
    return operations;
  }

  #skipped(operation: CheckOperation): SmokeOperation {
    const calls = operation.calls.map(({ case: name, expect }) => ({
      case: name,
      status: null,
      expected: expect,
      verdict: 'skipped' as const,
      duration_ms: 0,
    }));
    return { ...this.#described(operation), calls };
  }

  #described({ name, method, path, handler }: CheckOperation): Omit<SmokeOperation, 'calls'> {
    const place = handler === undefined ? undefined : this.#handlerPlace(handler);
    return { name, method, path, ...(place === undefined ? {} : { handler: place }) };
  }

  /** The lines of the pattern use that a handler starts in. */
  #handlerPlace(handler: { readonly path: string; readonly text: string }): SmokeOperation['handler'] {
    const file = this.#input.files.find((one) => one.path === handler.path);
    const line =
      (file
        ?.text()
        .split('\n')
        .findIndex((one) => one.includes(handler.text)) ?? -1) + 1;
    if (file === undefined || line === 0) return undefined;
    const span = file.spans.find((one) => one.start <= line && line <= one.end);
    return { path: handler.path, line, end_line: span?.end ?? line };
  }

  #executed(): readonly string[] {
    const { files, service } = this.#input;
    return files
      .map((file) => file.path)
      .filter((path) => service.executed.some((prefix) => path.startsWith(prefix)));
  }
}
