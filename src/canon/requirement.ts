import { digestHex } from '../model/digest.ts';
import type { Application, Demand } from '../model/spec.ts';
import { sha256Json } from './sha256.ts';

/** The text by which lockfile and manifest know a demand: the reference itself, or the digest of the need. */
export function requirementOf(demand: Demand): string {
  switch (demand.kind) {
    case 'reference':
      return `${demand.pattern_id}@${demand.range}`;
    case 'need':
      return `need:${digestHex(sha256Json(demand.need))}`;
  }
}

/** The demands of a use and of all its fragments, in the order of the spec, without those that items name. */
export function demandsOf(application: Application): readonly Demand[] {
  const inner = Object.values(application.fragments).flatMap((list) => list.flatMap(demandsOf));
  const { demand } = application;
  const own = demand.kind === 'choice' ? Object.values(demand.cases?.from ?? {}) : [demand];
  return [...own, ...inner];
}
