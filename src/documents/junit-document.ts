import * as v from 'valibot';
import { PatternsError } from '../model/error.ts';
import type { ObservedRun, RunFailure, RunPlace } from '../model/observed-run.ts';
import { plainSource } from './plain-source.ts';
import type { Locate } from './report-document.ts';
import { decode } from './shape.ts';

const FaultShape = v.object({ message: v.optional(v.string(), ''), text: v.optional(v.string(), '') });
const SuiteShape = v.object({
  tests: v.string(),
  failures: v.optional(v.string(), '0'),
  errors: v.optional(v.string(), '0'),
  testcase: v.optional(
    v.array(
      v.object({
        classname: v.optional(v.string(), ''),
        name: v.string(),
        failure: v.optional(v.array(FaultShape), []),
        error: v.optional(v.array(FaultShape), []),
      }),
    ),
    [],
  ),
});
const DocumentShape = v.union([
  v.object({ testsuites: v.object({ testsuite: v.array(SuiteShape) }) }),
  v.object({ testsuite: v.array(SuiteShape) }),
]);

/**
 * Reads the JUnit XML of pytest (`--junit-xml`). Entities are those of XML alone, and a document type is refused.
 * @throws PatternsError REPORT_INVALID for what is cut short, has other counts than cases, or ran no test
 */
export async function parseJunit(
  text: string,
  file: string,
  locate: Locate,
): Promise<Omit<ObservedRun, 'report'>> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw invalid(file, 'the report has a document type');
  const { XMLParser, XMLValidator } = await import('fast-xml-parser');
  const valid = XMLValidator.validate(text);
  if (valid !== true)
    throw invalid(file, `the report is no whole XML: ${valid.err.msg} (line ${valid.err.line})`);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    textNodeName: 'text',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    alwaysCreateTextNode: true,
    isArray: (name) => ['testsuite', 'testcase', 'failure', 'error'].includes(name),
  });
  const json: unknown = parser.parse(text);
  const document = decode(DocumentShape, plainSource(json, file), 'REPORT_INVALID');
  const suites = 'testsuites' in document ? document.testsuites.testsuite : document.testsuite;
  const cases = suites.flatMap((suite) => suite.testcase);
  const stated = suites.reduce((sum, suite) => sum + Number(suite.tests), 0);
  // An error of a fixture's end is counted as a test of its own.
  const faults = cases.reduce((sum, one) => sum + one.failure.length + one.error.length, 0);
  const statedFaults = suites.reduce((sum, suite) => sum + Number(suite.failures) + Number(suite.errors), 0);
  if (cases.length === 0) throw invalid(file, 'the report is of a run without a test');
  if (!(stated >= cases.length) || faults !== statedFaults)
    throw invalid(
      file,
      `the report counts ${stated} tests and ${statedFaults} faults, and has ${cases.length} and ${faults}`,
    );
  const failures = cases.flatMap((one) =>
    [...one.failure, ...one.error].map((fault) =>
      failureOf(`${one.classname}::${one.name}`, fault.message, fault.text, locate),
    ),
  );
  return { tool: 'pytest', failures, executed: { kind: 'suffix', suffix: '.py' } };
}

/** `src/a.py:12: ValueError`, `src/a.py:12: in f`, and Python's own `File "src/a.py", line 12, in f`. */
const PLACE = /^(?:\s*File "([^"]+)", line (\d+)|(\S[^:\n]*\.py):(\d+): ?)/gm;
const CLASS = /^(?:E\s+)?([A-Za-z_][\w.]*(?:Error|Exception|Failed|Warning|Interrupt|Exit))\b/m;

function failureOf(what: string, message: string, text: string, locate: Locate): RunFailure {
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
