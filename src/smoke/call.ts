import { stopwatch } from '../host/clock.ts';
import { pause } from '../host/processes.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { SmokeCall, SmokeError } from '../model/smoke-report.ts';
import type { CheckCall, CheckOperation } from '../model/smoke-plan.ts';
import { withRowValues } from './plan-values.ts';
import type { ResponseSchemas } from './response-schema.ts';
import type { SeedRows } from './seed-rows.ts';
import type { Service } from './service.ts';
import type { TraceReader } from './stack-trace.ts';

export interface Caller {
  readonly service: Service;
  readonly rows: SeedRows;
  readonly schemas: ResponseSchemas;
  readonly traces: TraceReader;
  /** How messages call the checks. */
  readonly label: string;
}

const CALL_SECONDS = 30;

/** Sends one request, and judges what comes back. */
export async function callOperation(
  caller: Caller,
  operation: CheckOperation,
  call: CheckCall,
): Promise<SmokeCall> {
  const { service } = caller;
  const logged = service.log.length;
  const started = stopwatch();
  const answer = await send(caller, operation, call);
  const duration_ms = Math.round(stopwatch() - started);
  const base = { case: call.case, expected: call.expect, duration_ms };
  const problem = problemOf(caller, operation, call, answer);
  if (problem === undefined) return { ...base, status: answer.status, verdict: 'passed' };
  // The log may come a moment after the response.
  await pause(50);
  const trace = caller.traces.read(service.log.slice(logged));
  const error: SmokeError = trace ?? { ...problem, frames: [] };
  return { ...base, status: answer.status, verdict: 'failed', error };
}

interface Answer {
  readonly status: number | null;
  readonly body: string;
  readonly problem: string;
}

async function send(
  { service, rows, label }: Caller,
  operation: CheckOperation,
  call: CheckCall,
): Promise<Answer> {
  const url = new URL(service.address + pathOf(operation, call, (text) => withRowValues(text, rows, label)));
  const query = withRowValues(call.query ?? {}, rows, label);
  for (const [name, value] of Object.entries(isJsonObject(query) ? query : {}))
    url.searchParams.append(name, asText(value));
  const body =
    call.text ??
    (call.body === undefined ? undefined : JSON.stringify(withRowValues(call.body, rows, label)));
  try {
    const response = await fetch(url, {
      method: operation.method,
      signal: AbortSignal.timeout(CALL_SECONDS * 1000),
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: await response.text(), problem: '' };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { status: null, body: '', problem: reason };
  }
}

function pathOf(operation: CheckOperation, call: CheckCall, value: (text: string) => JsonValue): string {
  const parts = operation.path.split('/').map((part) => {
    if (!part.startsWith('{')) return part;
    return encodeURIComponent(asText(value(call.path?.[part.slice(1, -1)] ?? '')));
  });
  return parts.join('/');
}

function asText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function problemOf(
  { schemas }: Caller,
  { method, path }: CheckOperation,
  { expect }: CheckCall,
  answer: Answer,
): { class: string; message: string } | undefined {
  const { status, body } = answer;
  if (status === null) return { class: 'NoAnswer', message: answer.problem };
  if (!expect.includes(status))
    return { class: 'WrongStatus', message: `${status} instead of ${expect.join(' or ')}: ${excerpt(body)}` };
  const problem = schemas.problem({ method, path, status, body });
  return problem === undefined ? undefined : { class: 'WrongResponse', message: problem };
}

function excerpt(body: string): string {
  return body.length > 500 ? `${body.slice(0, 500)}…` : body;
}

/** The OpenAPI document of a running service. */
export async function fetchOpenApi(service: Service, path: string): Promise<JsonObject> {
  const response = await fetch(`${service.address}${path}`, {
    signal: AbortSignal.timeout(CALL_SECONDS * 1000),
  });
  const document: unknown = response.ok ? await response.json() : undefined;
  if (!isDocument(document)) throw new Error(`${path} answers ${response.status} and no JSON object`);
  return document;
}

/** What JSON.parse makes of an object is one. */
function isDocument(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
