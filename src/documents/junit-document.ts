import { PatternsError } from '../model/error.ts';
import type { ObservedRun, RunFailure, RunPlace } from '../model/observed-run.ts';
import type { Locate } from './report-document.ts';

interface Suite {
  readonly tests: string;
  readonly failures: string;
  readonly errors: string;
}

interface Fault {
  readonly what: string;
  readonly message: string;
  text: string;
}

/** What the elements of a report say, whatever stands around them. */
interface Reading {
  readonly suites: Suite[];
  readonly faults: Fault[];
  cases: number;
}

/**
 * Reads the JUnit XML of pytest (`--junit-xml`). Entities are those of XML alone, and a document type is refused.
 * @throws PatternsError REPORT_INVALID for what is cut short, has other counts than cases, or ran no test
 */
export async function parseJunit(
  text: string,
  file: string,
  locate: Locate,
): Promise<Omit<ObservedRun, 'report'>> {
  const { suites, faults, cases } = await readElements(text, file);
  const stated = sum(suites.map((suite) => suite.tests));
  // An error at the end of a fixture is counted as a test of its own.
  const statedFaults = sum(suites.flatMap((suite) => [suite.failures, suite.errors]));
  if (cases === 0) throw invalid(file, 'the report is of a run without a test');
  if (!(stated >= cases) || faults.length !== statedFaults)
    throw invalid(
      file,
      `the report counts ${stated} tests and ${statedFaults} faults, and has ${cases} and ${faults.length}`,
    );
  const failures = faults.map((fault) => failureOf(fault, locate));
  return { tool: 'pytest', failures, executed: { kind: 'suffix', suffix: '.py' } };
}

async function readElements(text: string, file: string): Promise<Reading> {
  // CommonJS: what it exports has names only in Node's own loader, and in a bundle is all under `default`.
  const { default: saxes } = await import('saxes');
  const parser = new saxes.SaxesParser();
  const reading: Reading = { suites: [], faults: [], cases: 0 };
  let test = '';
  let open: Fault | undefined;
  parser.on('error', (error) => {
    throw invalid(file, `the report is no whole XML: ${error.message}`);
  });
  parser.on('doctype', () => {
    throw invalid(file, 'the report has a document type');
  });
  parser.on('opentag', ({ name, attributes }) => {
    const { tests = '', failures = '0', errors = '0', classname = '', message = '' } = attributes;
    if (name === 'testsuite') reading.suites.push({ tests, failures, errors });
    if (name === 'testcase') {
      reading.cases += 1;
      test = `${classname}::${attributes['name'] ?? ''}`;
    }
    if (name !== 'failure' && name !== 'error') return;
    open = { what: test, message, text: '' };
    reading.faults.push(open);
  });
  const add = (part: string) => {
    if (open !== undefined) open.text += part;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', ({ name }) => {
    if (name === 'failure' || name === 'error') open = undefined;
  });
  parser.write(text).close();
  return reading;
}

/** NaN where one is no number, which equals nothing. */
function sum(counts: readonly string[]): number {
  return counts.reduce((total, count) => total + (count === '' ? Number.NaN : Number(count)), 0);
}

/** `src/a.py:12: ValueError`, `src/a.py:12: in f`, and Python's own `File "src/a.py", line 12, in f`. */
const PLACE = /^(?:\s*File "([^"]+)", line (\d+)|(\S[^:\n]*\.py):(\d+): ?)/gm;
const CLASS = /^(?:E\s+)?([A-Za-z_][\w.]*(?:Error|Exception|Failed|Warning|Interrupt|Exit))\b/m;

function failureOf({ what, message, text }: Fault, locate: Locate): RunFailure {
  const frames = [...text.matchAll(PLACE)].flatMap(([, file, line, shortFile, shortLine]): RunPlace[] => {
    const path = locate(file ?? shortFile ?? '');
    return path === undefined ? [] : [{ path, line: Number(line ?? shortLine) }];
  });
  const found = CLASS.exec(message)?.[1] ?? CLASS.exec(text)?.[1] ?? 'AssertionError';
  const [head = ''] = message.split('\n');
  // A test that finds a wrong result says that something is wrong, not who: its own line is the one that is right.
  const noticed = /(?:^|\.)(?:AssertionError|Failed)$/.test(found) && isTest(frames.at(-1)?.path);
  return { what, class: found, message: head, frames: noticed ? [] : frames };
}

function isTest(path: string | undefined): boolean {
  return (
    path !== undefined && /(?:^|\/)(?:tests?\/|test_[^/]*\.py$|[^/]*_test\.py$|conftest\.py$)/.test(path)
  );
}

function invalid(file: string, message: string): PatternsError {
  return new PatternsError('REPORT_INVALID', message, {
    place: { file },
    hint: 'Run pytest again with --junit-xml.',
  });
}
