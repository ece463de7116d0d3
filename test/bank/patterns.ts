import { sha256 } from '../../src/canon/sha256.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Pattern, PatternRecord } from '../../src/model/pattern.ts';

export const AT = '2026-01-02T03:04:05.678Z';

/** A pattern of the parts that a test is about. */
export function testPattern(
  pattern_id: string,
  version = '1.0.0',
  body: string | Uint8Array = `body of ${pattern_id} ${version}\n`,
  record: Partial<PatternRecord> = {},
): Pattern {
  const bytes = typeof body === 'string' ? new Uint8Array(Buffer.from(body, 'utf8')) : body;
  return {
    frozen: {
      pattern_id,
      version,
      kind: 'file',
      engine: 'liquid',
      delimiters: undefined,
      variables: {},
      slots: {},
      body: sha256(bytes),
    },
    record: {
      signature: {
        purpose: `Purpose of ${pattern_id}`,
        intent: 'create',
        domain: 'test',
        inputs: [],
        outputs: [],
        constraints: [],
      },
      facets: {},
      quality: {
        success_rate: 0.9,
        test_coverage: 0.8,
        security_level: 'HIGH',
        observability_complete: true,
        docker_ready: false,
      },
      derived_from: [],
      ...record,
    },
    body: bytes,
  };
}

/** An outcome of a version; its id is made from its number. */
export function testOutcome(number: number, parts: Partial<Outcome> = {}): Outcome {
  return {
    id: sha256(`outcome ${number}`).slice('sha256:'.length),
    pattern_id: 'alpha',
    version: '1.0.0',
    kind: 'usage',
    count: 1,
    at: AT,
    generation: sha256('generation'),
    report: null,
    environment: 'test',
    evidence: `observation ${number}`,
    ...parts,
  };
}
