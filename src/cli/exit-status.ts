import type { ErrorCode } from '../model/error.ts';

/**
 * 0 done; 1 a negative verdict; 2 the input is wrong; 3 the environment failed; 70 a bug. An interrupt ends the process by
 * its signal, which shells report as 130.
 */
export type ExitStatus = 0 | 1 | 2 | 3 | 70;

const STATUS_OF: Readonly<Record<ErrorCode, ExitStatus>> = {
  USAGE: 2,
  FILE_NOT_FOUND: 2,
  FILE_UNREADABLE: 2,
  ENCODING_INVALID: 2,
  YAML_INVALID: 2,
  JSON_INVALID: 2,
  SPEC_INVALID: 2,
  PATTERN_INVALID: 2,
  LOCK_INVALID: 2,
  LOCK_CONFLICT: 2,
  LOCK_MISSING: 2,
  MANIFEST_INVALID: 2,
  FORMAT_UNSUPPORTED: 2,
  RENDER_CONTRACT_UNSUPPORTED: 2,
  BLOB_CORRUPT: 2,
  BLOB_MISSING: 2,
  PATTERN_EXISTS: 2,
  PATTERN_NOT_FOUND: 2,
  PATTERN_MISMATCH: 2,
  VERSION_UNSATISFIED: 2,
  NEED_UNANSWERED: 2,
  POLICY_UNMET: 2,
  TIER_FORBIDDEN: 2,
  TEMPLATE_SYNTAX: 2,
  TEMPLATE_RENDER: 2,
  TEMPLATE_LIMIT: 2,
  VARIABLE_INVALID: 2,
  SLOT_INVALID: 2,
  PATH_UNSAFE: 2,
  PATH_COLLISION: 2,
  STATUS_INVALID: 2,
  REPORT_INVALID: 2,
  LIMIT_EXCEEDED: 2,
  LOCK_STALE: 1,
  OUTPUT_EDITED: 1,
  REPLAY_DIFFERS: 1,
  IO_FAILED: 3,
  BANK_UNREACHABLE: 3,
  BANK_CORRUPT: 3,
  EMBEDDER_UNAVAILABLE: 3,
  EMBEDDER_MISMATCH: 3,
  SMOKE_UNAVAILABLE: 3,
  INTERNAL: 70,
};

export function exitStatusOf(code: ErrorCode): ExitStatus {
  return STATUS_OF[code];
}
