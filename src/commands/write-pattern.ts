import { requirementOf } from '../canon/requirement.ts';
import { sha256, sha256Json } from '../canon/sha256.ts';
import type { ModelAnswer } from '../documents/answer-document.ts';
import { frozenDigest } from '../documents/bank-document.ts';
import { type NearPattern, promptFor } from '../learn/prompt.ts';
import { digestHex } from '../model/digest.ts';
import { PatternsError } from '../model/error.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import {
  type FrozenPattern,
  type Pattern,
  type PatternOrigin,
  productionReadinessScore,
  type Quality,
  SECURITY_LEVELS,
} from '../model/pattern.ts';
import type { Application, Demand, FileEntry, Policy, Spec } from '../model/spec.ts';
import { checkPattern } from '../render/check-pattern.ts';
import { compile } from '../render/compile.ts';
import { languageOf, languageProblem } from '../render/language-check.ts';
import { askModel, type WrittenPattern } from './ask-model.ts';
import type { Workspace } from './workspace.ts';

/** Where demands stand: what an answer is tried with. */
export interface DemandContext {
  readonly spec: Spec;
  readonly files: readonly FileEntry[];
  readonly variables: JsonObject;
  readonly entities: readonly JsonValue[];
  readonly operations: readonly JsonValue[];
}

export const WRITTEN_VERSION = '0.1.0';

/** Nothing is known of what nobody has run. */
export const UNKNOWN_QUALITY: Quality = {
  success_rate: 0.5,
  test_coverage: 0,
  security_level: 'STANDARD',
  observability_complete: false,
  docker_ready: false,
};

/** Why a policy lets no model write: what it asks of a version, one that nobody has run cannot have. */
export function writtenRefusal(policy: Policy): string | undefined {
  const { success_rate, test_coverage, security_level } = UNKNOWN_QUALITY;
  if (policy.min_success_rate > success_rate) return 'a success rate';
  if (policy.min_test_coverage > test_coverage) return 'a test coverage';
  if (SECURITY_LEVELS[policy.min_security_level] > SECURITY_LEVELS[security_level]) return 'a security level';
  const readiness = productionReadinessScore(UNKNOWN_QUALITY, success_rate);
  if (policy.min_production_readiness > readiness) return 'a production readiness';
  return policy.min_age_days > 0 ? 'an age' : undefined;
}

/**
 * Has a model write a pattern for a need, and tries it where the spec uses it.
 * @throws PatternsError MODEL_UNAVAILABLE, MODEL_REFUSED
 */
export async function writePattern(
  workspace: Workspace,
  demand: Extract<Demand, { kind: 'need' }>,
  context: DemandContext,
  nearest: readonly NearPattern[],
): Promise<WrittenPattern> {
  const { need } = demand;
  const uses = usesOf(context.files, requirementOf(demand));
  const names = [...new Set(uses.flatMap(({ application }) => Object.keys(application.with)))].sort();
  const path = uses.find((use) => use.path !== undefined)?.path;
  const language =
    need.facets?.['language'] ??
    (path === undefined ? undefined : languageOf(path)) ??
    'whatever the purpose says';
  const prompt = promptFor({ kind: 'need', need, names }, nearest, language);
  return askModel(workspace, {
    prompt,
    accept: async (answer, origin) => {
      const pattern = patternOf(answer, demand, origin);
      checkPattern(pattern);
      for (const use of uses) await tryUse(pattern, use, context, need.facets?.['language']);
      return pattern;
    },
  });
}

function patternOf(
  { body, variables }: ModelAnswer,
  { need }: Extract<Demand, { kind: 'need' }>,
  origin: PatternOrigin,
): Pattern {
  const bytes = Buffer.from(body, 'utf8');
  const content = { body: sha256(bytes), variables };
  const { facets, purpose, intent, domain, inputs, outputs, constraints } = need;
  const frozen: FrozenPattern = {
    pattern_id: `${slugOf(purpose)}-${digestHex(sha256Json(content)).slice(0, 8)}`,
    version: WRITTEN_VERSION,
    kind: 'file',
    engine: 'liquid',
    delimiters: undefined,
    slots: {},
    ...content,
  };
  return {
    frozen,
    body: bytes,
    record: {
      signature: {
        purpose,
        intent: intent ?? 'create',
        domain: domain ?? 'generated',
        inputs: inputs ?? [],
        outputs: outputs ?? [],
        constraints: constraints ?? [],
      },
      facets: facets ?? {},
      quality: UNKNOWN_QUALITY,
      derived_from: [],
      origin,
    },
  };
}

function slugOf(purpose: string): string {
  const words = purpose.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.slice(0, 6).join('-').slice(0, 60).replace(/-+$/, '') || 'pattern';
}

/** One place of the spec that uses a pattern: a file of its own, or a part of one. */
interface Use {
  readonly application: Application;
  /** The path template of a file of its own. */
  readonly path: string | undefined;
}

function usesOf(files: readonly FileEntry[], requirement: string): readonly Use[] {
  const inside = (application: Application): readonly Use[] =>
    Object.values(application.fragments).flatMap((list) =>
      list.flatMap((one) => [
        ...(asksFor(one.demand, requirement) ? [{ application: one, path: undefined }] : []),
        ...inside(one),
      ]),
    );
  return files.flatMap((file) => [
    ...(asksFor(file.demand, requirement) ? [{ application: file, path: file.path }] : []),
    ...inside(file),
  ]);
}

function asksFor(demand: Application['demand'], requirement: string): boolean {
  const asked = demand.kind === 'choice' ? Object.values(demand.cases?.from ?? {}) : [demand];
  return asked.some((one) => requirementOf(one) === requirement);
}

/** Renders a use with the values of the spec; a part of a file stands alone, without the items of its lists. */
async function tryUse(
  pattern: Pattern,
  { application, path }: Use,
  { spec, variables, entities, operations }: DemandContext,
  stated: string | undefined,
): Promise<void> {
  if (Object.keys(application.fragments).length > 0)
    throw new PatternsError('SLOT_INVALID', 'the spec fills slots of it, and what a model writes has none');
  const { each: _each, as: _as, when: _when, ...alone } = application;
  const entry: FileEntry =
    path === undefined
      ? { ...alone, path: 'sample.txt', mode: '0644' }
      : { ...application, path, mode: '0644' };
  const loaded = { frozen: pattern.frozen, digest: frozenDigest(pattern), body: pattern.body };
  const rendered = compile({
    project: spec,
    expanded: { files: [entry], variables, entities, operations },
    patternOf: () => loaded,
  });
  for (const file of rendered) {
    if (path === undefined) continue;
    const language = stated ?? languageOf(file.path);
    if (language === undefined) continue;
    const problem = await languageProblem(Buffer.from(file.bytes).toString('utf8'), language);
    if (problem !== undefined) throw new PatternsError('MODEL_REFUSED', problem);
  }
}
