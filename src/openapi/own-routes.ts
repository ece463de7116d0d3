import type { ApiOperation } from './api-operations.ts';

const OWN: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/** Whether every generated service has the route already, for those who run it. */
export function isServedAnyway({ method, route }: ApiOperation): boolean {
  return method === 'GET' && OWN.has(route);
}
