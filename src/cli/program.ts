import { Command, CommanderError, Option } from 'commander';
import { formatPlace, PatternsError } from '../model/error.ts';
import type { EvidenceVerifyFlags, PackFlags } from './evidence-commands.ts';
import { type ExitStatus, exitStatusOf } from './exit-status.ts';
import { addBankCommands } from './bank-program.ts';
import { type CommonOptions, type Process, Session } from './session.ts';
import { VERSION } from './version.ts';

/** Runs one command line and says with what status the process is to end. */
export async function run(args: readonly string[], process: Process): Promise<ExitStatus> {
  const session = new Session(process);
  const json = args.includes('--json');
  try {
    await createProgram(session).parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
    return session.status;
  } catch (cause) {
    if (cause instanceof CommanderError) return commanderStatus(cause, json, process);
    if (cause instanceof PatternsError) return reportError(cause, json, session);
    return reportBug(cause, json, process);
  } finally {
    await session.close();
  }
}

function createProgram(session: Session): Command {
  const program = new Command('patterns')
    .description(
      'A deterministic, manifest-driven compiler for code patterns.\nThe bank learns, the builds never drift.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: session.process.out, writeErr: () => undefined })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 a negative verdict, 2 wrong input, 3 the environment failed, 70 a bug, 130 interrupted.',
    );
  const add = (usage: string, description: string): Command => addTo(program, usage, description);

  add('init [dir]', 'make a working project with a spec that builds').action(
    async (dir: string | undefined, options: CommonOptions) => {
      await (await import('./project-commands.ts')).initCommand(session, dir ?? '.', options);
    },
  );
  add('migrate', 'publish the built-in templates into the bank')
    .option('--only <domains>', 'only templates of these domains, separated by commas')
    .option('--from <folder>', 'the templates of this folder instead; may be repeated', collect, [])
    .option('--built-in', 'with --from: the built-in templates too')
    .option('--dry-run', 'say what would be migrated; write nothing')
    .option('--check', 'say which templates and versions of the bank differ; exit 1 when any does')
    .action(async (options: CommonOptions & MigrateFlags) => {
      await (await import('./bank-commands.ts')).migrateCommand(session, options);
    });
  add('publish <dir...>', 'publish patterns into the bank; a published version never changes')
    .option('--candidate', 'publish as candidates, which only exact references and permissive policies take')
    .action(async (folders: string[], options: CommonOptions & { candidate?: boolean }) => {
      await (await import('./bank-commands.ts')).publishCommand(session, folders, options);
    });
  add('list', 'list the versions in the bank')
    .option('--releases', 'list its releases instead')
    .action(async (options: CommonOptions & { releases?: boolean }) => {
      await (await import('./bank-commands.ts')).listCommand(session, options);
    });
  add('show <ref>', 'show a pattern of the bank with its body').action(
    async (ref: string, options: CommonOptions) => {
      await (await import('./bank-commands.ts')).showCommand(session, ref, options);
    },
  );
  add('search <purpose>', 'find the patterns of the bank that answer a need')
    .option('--domain <domain>', 'only of this domain')
    .option('--intent <intent>', 'only of this intent')
    .option(
      '--facet <name=value>',
      'only with this facet, for example language=python; may be repeated',
      collect,
      [],
    )
    .option('--language <language>', 'only for this language; short for --facet language=<language>')
    .option('--framework <framework>', 'only for this framework; short for --facet framework=<framework>')
    .option('--top-k <n>', 'show at most so many matches', '5')
    .option('--min-results <n>', 'make concessions when fewer match', '1')
    .option('--explain', 'show what the score of each match is made of')
    .action(async (purpose: string, options: CommonOptions & SearchFlags) => {
      await (await import('./search-commands.ts')).searchCommand(session, purpose, options);
    });
  add(
    'eval <queries>',
    'measure how well the search finds what is expected: JSON Lines of {"query", "expect"}',
  ).action(async (queries: string, options: CommonOptions) => {
    await (await import('./search-commands.ts')).evalCommand(session, queries, options);
  });
  for (const [verb, status, description] of STATUS_VERBS) {
    add(`${verb} <ref>`, description)
      .requiredOption('--reason <text>', 'why; kept in the history')
      .action(async (ref: string, options: CommonOptions & { reason: string }) => {
        await (await import('./bank-commands.ts')).statusCommand(session, ref, status, options);
      });
  }
  addBankCommands(program, session, addTo);
  add('lock <spec>', 'resolve what the lock lacks, and freeze it')
    .option('--update [ids...]', 'resolve these requirements or pattern ids anew; all when none is named')
    .option('--check', 'only say whether the lock answers the spec; exit 1 when it is stale')
    .option('--release <name>', 'take versions of this release of the bank, and no others')
    .option('--require-bank', REQUIRE_BANK)
    .action(async (spec: string, options: CommonOptions & LockFlags) => {
      await (await import('./build-commands.ts')).lockCommand(session, spec, options);
    });
  add('build <spec>', 'compile a spec: resolve if needed, render, write the tree and its manifest')
    .requiredOption('-o, --output <dir>', 'output folder')
    .option('--locked', 'refuse a lock that does not answer the spec')
    .option('--offline', 'open no socket')
    .option('--require-bank', REQUIRE_BANK)
    .option('--dry-run', 'write nothing')
    .option('--diff', 'print what changes as a unified diff')
    .option('--force', 'overwrite files that were edited since the last build')
    .action(async (spec: string, options: CommonOptions & BuildFlags) => {
      await (await import('./build-commands.ts')).buildCommand(session, spec, options);
    });
  add(
    'replay <manifest>',
    'rebuild from a generation_manifest.json (or a lockfile) and compare; uses no bank and no network',
  )
    .option('-o, --output <dir>', 'output folder; without one, only compare')
    .option('--spec <spec>', 'the spec, when a lockfile is replayed')
    .option('--expect <digest>', 'the output_digest that the replay must have')
    .option('--force', 'overwrite files that were edited since the last build')
    .action(async (manifest: string, options: CommonOptions & ReplayFlags) => {
      await (await import('./build-commands.ts')).replayCommand(session, manifest, options);
    });
  add('verify <dir>', 'check tree, manifest, lockfile and golden store against each other')
    .option('--strict', 'render once more, and fail on files beside the generated ones')
    .action(async (dir: string, options: CommonOptions & { strict?: boolean }) => {
      await (await import('./build-commands.ts')).verifyCommand(session, dir, options);
    });
  add('why <file[:line]>', 'say which pattern version wrote a file or line, and why').action(
    async (target: string, options: CommonOptions) => {
      await (await import('./build-commands.ts')).whyCommand(session, target, options);
    },
  );
  add(
    'diff <manifestA> <manifestB>',
    'say what changed from one generation to another; exit 1 when anything did',
  ).action(async (before: string, after: string, options: CommonOptions) => {
    await (await import('./build-commands.ts')).diffCommand(session, before, after, options);
  });
  add('seed <spec>', 'make the seed data of a spec: deterministic rows for every entity')
    .option('-o, --output <file>', 'write the rows there instead of printing them')
    .option('--rows <n>', 'rows of each entity (default: what the seed plan says)')
    .action(async (spec: string, options: CommonOptions & { rows?: string; output?: string }) => {
      await (await import('./smoke-commands.ts')).seedCommand(session, spec, options);
    });
  add(
    'smoke <dir>',
    'start the service of a generated tree, seed it, call every operation, and write a report',
  )
    .option('--report <file>', 'where the report goes (default: smoke_report.json beside the manifest)')
    .action(async (dir: string, options: CommonOptions & { report?: string }) => {
      await (await import('./smoke-commands.ts')).smokeCommand(session, dir, options);
    });
  add(
    'feedback <report...>',
    'turn reports of runs into outcomes of pattern versions, and apply the thresholds',
  )
    .option(
      '--tree <dir>',
      'the generated tree that the reports are about (default: the one that they lie in)',
    )
    .option(
      '--tool <name>',
      'which tool wrote the reports: smoke, pytest, ruff or mypy (default: told by content)',
    )
    .option('--environment <text>', 'where the runs were made, for reports that do not say')
    .action(async (reports: string[], options: CommonOptions & FeedbackFlags) => {
      await (await import('./learn-commands.ts')).feedbackCommand(session, reports, options);
    });
  add('repair <dir>', 'mend what a smoke report found by better pattern versions; outputs are never edited')
    .requiredOption('--report <file>', 'the smoke report of the tree')
    .option(
      '--judge <program>',
      'tests a tree instead of `patterns smoke`: called with the folder and the path where its report is to go',
    )
    .option('--dry-run', 'show what would be tried; change nothing, ask no model')
    .action(async (dir: string, options: CommonOptions & RepairFlags) => {
      await (await import('./repair-command.ts')).repairCommand(session, dir, options);
    });
  add('metrics', 'count and measure the bank: success, usage, retrieval, tiers')
    .option(
      '--check',
      'the go-live gate: exit 1 with what falls short of the thresholds in patterns.config.yaml',
    )
    .option('--html <file>', 'write one self-contained page')
    .action(async (options: CommonOptions & MetricsFlags) => {
      await (await import('./learn-commands.ts')).metricsCommand(session, options);
    });
  add('graph <id>', 'show which versions were made from which, and how they do')
    .option('--format <format>', 'text or mermaid', 'text')
    .action(async (id: string, options: CommonOptions & { format: string }) => {
      await (await import('./learn-commands.ts')).graphCommand(session, id, options);
    });
  add(
    'import <format> <file>',
    'make a spec of an `openapi` document, or bring the spec of an earlier import up to date',
  )
    .requiredOption('-o, --output <spec>', 'where the spec goes')
    .action(async (format: string, file: string, options: CommonOptions & { output: string }) => {
      await (await import('./import-command.ts')).importCommand(session, format, file, options);
    });
  addEvidence(program, session);
  add('schema [name]', 'print a JSON Schema, or the names of all').action(
    async (name: string | undefined, options: CommonOptions) => {
      await (await import('./project-commands.ts')).schemaCommand(session, name, options);
    },
  );
  add('doctor', 'check project, golden store and bank').action(async (options: CommonOptions) => {
    await (await import('./project-commands.ts')).doctorCommand(session, options);
  });
  return program;
}

/** Their modules load only when one of them runs. */
function addEvidence(program: Command, session: Session): void {
  const group = program
    .command('evidence')
    .description('audit packages that anyone can verify with standard tools');
  const add = (usage: string, description: string): Command =>
    common(group.command(usage).description(description));
  add('keygen <name>', 'make a key pair for signing packages: <name>.key and <name>.pub').action(
    async (name: string, options: CommonOptions) => {
      await (await import('./evidence-commands.ts')).keygenCommand(session, name, options);
    },
  );
  add('pack <dir>', 'pack a generated tree with all that it came from into one archive')
    .requiredOption('-o, --output <file>', 'the archive; its digest and signature are written beside it')
    .option('--key <file>', 'sign with this private key')
    .option('--report <file>', 'pack a report of a smoke test or of tests; may be repeated', collect, [])
    .action(async (dir: string, options: CommonOptions & PackFlags) => {
      await (await import('./evidence-commands.ts')).packCommand(session, dir, options);
    });
  add('verify <file>', 'check a package, and render it again from what it holds; uses no bank and no network')
    .option('--key <file>', 'demand a signature that this public key verifies')
    .option('--bundle <file>', 'the signature (default: <file>.sigstore.json)')
    .action(async (file: string, options: CommonOptions & EvidenceVerifyFlags) => {
      await (await import('./evidence-commands.ts')).evidenceVerifyCommand(session, file, options);
    });
  add('diff <a> <b>', 'say what differs between two packages, by pattern and file').action(
    async (before: string, after: string, options: CommonOptions) => {
      await (await import('./evidence-commands.ts')).evidenceDiffCommand(session, before, after, options);
    },
  );
}

const STATUS_VERBS = [
  ['promote', 'production', 'offer a version to new resolutions'],
  ['deprecate', 'deprecated', 'offer a version only where no other is left'],
  ['quarantine', 'quarantined', 'keep a version from new resolutions until it is promoted again'],
  ['yank', 'yanked', 'keep a version from new resolutions for good; locked builds stand'],
] as const;

const REQUIRE_BANK = 'exit 3 when something is to be resolved and the bank cannot be asked';

export interface LockFlags {
  readonly update?: string[] | true;
  readonly check?: boolean;
  readonly release?: string;
  readonly requireBank?: boolean;
}

export interface MigrateFlags {
  readonly only?: string;
  readonly from: string[];
  readonly builtIn?: boolean;
  readonly dryRun?: boolean;
  readonly check?: boolean;
}

export interface SearchFlags {
  readonly domain?: string;
  readonly intent?: string;
  readonly facet: string[];
  readonly language?: string;
  readonly framework?: string;
  readonly explain?: boolean;
  readonly topK: string;
  readonly minResults: string;
}

export interface FeedbackFlags {
  readonly tree?: string;
  readonly tool?: string;
  readonly environment?: string;
}

export interface RepairFlags {
  readonly report: string;
  readonly judge?: string;
  readonly dryRun?: boolean;
}

export interface MetricsFlags {
  readonly check?: boolean;
  readonly html?: string;
}

export interface BuildFlags {
  readonly output: string;
  readonly locked?: boolean;
  readonly offline?: boolean;
  readonly requireBank?: boolean;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly force?: boolean;
}

export interface ReplayFlags {
  readonly output?: string;
  readonly spec?: string;
  readonly expect?: string;
  readonly force?: boolean;
}

/** Gathers an option that may be repeated. */
function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function addTo(parent: Command, usage: string, description: string): Command {
  return common(parent.command(usage).description(description));
}

function common(command: Command): Command {
  return command
    .option('--json', 'print one JSON document')
    .option('--golden <dir>', 'golden folder (default: golden/ of the project root)')
    .addOption(
      new Option('--bank <url>', 'bank address: file:<dir>, qdrant+http://…, qdrant+https://…')
        .env('PATTERNS_BANK_URL')
        .default(undefined),
    );
}

function commanderStatus(cause: CommanderError, json: boolean, process: Process): ExitStatus {
  if (cause.exitCode === 0) return 0;
  const message = cause.message.replace(/^error: /, '');
  const hint = 'Run `patterns --help`, or `patterns <command> --help`.';
  if (json) process.out(errorDocument({ code: 'USAGE', message, hint }));
  else process.err(`patterns: ${message} [USAGE]\n  hint: ${hint}\n`);
  return exitStatusOf('USAGE');
}

function reportError(error: PatternsError, json: boolean, session: Session): ExitStatus {
  const { code, message, hint, place, details } = error;
  if (json) {
    session.process.out(errorDocument({ code, message, hint, details, place }, session.notices));
  } else {
    const where = place === undefined ? '' : `${formatPlace(place)}: `;
    session.process.err(
      `patterns: ${where}${message} [${code}]\n${hint === undefined ? '' : `  hint: ${hint}\n`}`,
    );
  }
  return exitStatusOf(code);
}

function reportBug(cause: unknown, json: boolean, process: Process): ExitStatus {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (json) process.out(errorDocument({ code: 'INTERNAL', message }));
  else {
    const stack = cause instanceof Error ? cause.stack : undefined;
    process.err(
      `patterns: this is a bug in patternbank: ${message}\n${stack ?? ''}\n  hint: Please report it with the command that you ran.\n`,
    );
  }
  return exitStatusOf('INTERNAL');
}

function errorDocument(error: object, notices: readonly string[] = []): string {
  return `${JSON.stringify({ error, notices }, null, 2)}\n`;
}
