import { PatternsError } from '../model/error.ts';

/** What each check proves, in the order in which they are told. */
const CHECKS = {
  digest: 'the archive is the one whose digest stands beside it',
  signature: 'the holder of the key vouches for this archive and for what it was built from',
  archive: 'the archive has the bytes that packing its files gives, and holds regular files alone',
  bag: 'no file was changed, removed or added since the lists were written',
  outputs: 'the generated files are those of the manifest, and no others',
  golden: 'every frozen pattern is there, unchanged, and nothing else is',
  lockfile: 'the lockfile says of every pattern what the manifest says',
  documents: 'statement, bill of materials, report and policy say what the rest of the package says',
  replay: 'spec and patterns give these files again, byte for byte',
} as const;

export type CheckName = keyof typeof CHECKS;

export interface CheckResult {
  readonly check: CheckName;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** What it proves, or why it was skipped. */
  readonly text: string;
}

export interface EvidenceFinding {
  readonly check: CheckName;
  /** The file at fault, below the package's folder, or the archive or a file beside it. */
  readonly file: string;
  readonly expected: string;
  readonly found: string;
}

/** Gathers what the checks of one package found. */
export class EvidenceChecks {
  readonly findings: EvidenceFinding[] = [];
  readonly #run = new Set<CheckName>();
  readonly #skipped = new Map<CheckName, string>();

  /** A check was made, and found this. */
  add(check: CheckName, faults: readonly Omit<EvidenceFinding, 'check'>[]): void {
    this.#run.add(check);
    for (const fault of faults) this.findings.push({ check, ...fault });
  }

  skip(check: CheckName, reason: string): void {
    this.#skipped.set(check, reason);
  }

  /** Turns a refusal into a finding. A package of a later format is no finding: it cannot be judged. */
  attempt<T>(check: CheckName, file: string, act: () => T): T | undefined {
    this.#run.add(check);
    try {
      return act();
    } catch (cause) {
      if (!(cause instanceof PatternsError) || UNJUDGED.has(cause.code)) throw cause;
      const { expected, found } = cause.details ?? {};
      this.findings.push({
        check,
        file: cause.place?.file ?? file,
        expected: typeof expected === 'string' ? expected : 'the file as it was packed',
        found: typeof found === 'string' ? `${found} (${cause.message})` : cause.message,
      });
      return undefined;
    }
  }

  passed(check: CheckName): boolean {
    return this.#run.has(check) && !this.findings.some((finding) => finding.check === check);
  }

  /** Whether a finding names a file. */
  names(file: string): boolean {
    return this.findings.some((finding) => finding.file === file);
  }

  results(): readonly CheckResult[] {
    return CHECK_NAMES.map((check): CheckResult => {
      if (this.findings.some((finding) => finding.check === check))
        return { check, status: 'failed', text: CHECKS[check] };
      if (this.#run.has(check)) return { check, status: 'passed', text: CHECKS[check] };
      return { check, status: 'skipped', text: this.#skipped.get(check) ?? 'the manifest cannot be read' };
    });
  }
}

const UNJUDGED: ReadonlySet<string> = new Set([
  'FORMAT_UNSUPPORTED',
  'RENDER_CONTRACT_UNSUPPORTED',
  'IO_FAILED',
]);

const CHECK_NAMES = Object.keys(CHECKS).filter((name): name is CheckName => name in CHECKS);
