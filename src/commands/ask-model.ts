import { join } from 'node:path';
import { canonicalJson } from '../canon/canonical-json.ts';
import { sha256 } from '../canon/sha256.ts';
import { type ModelAnswer, readAnswer } from '../documents/answer-document.ts';
import { looksLikeSecret } from '../documents/secret-scan.ts';
import { type Prompt, retryText } from '../learn/prompt.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { PatternsError } from '../model/error.ts';
import type { Pattern, PatternOrigin } from '../model/pattern.ts';
import type { Workspace } from './workspace.ts';

/** A pattern that a model wrote, with what it was asked and what it said, as blobs that its record names. */
export interface WrittenPattern {
  readonly pattern: Pattern;
  readonly attachments: readonly Uint8Array[];
}

export interface Asking {
  readonly prompt: Prompt;
  /** Makes a pattern of an answer, and tries it. What it throws is told to the model. */
  readonly accept: (answer: ModelAnswer, origin: PatternOrigin) => Promise<Pattern>;
}

/**
 * Asks the configured model until an answer passes every check, a bounded number of times, telling it each time why the
 * last one did not. Refused answers are noted in `.patterns/refused-answers.jsonl`, by digest.
 *
 * @throws PatternsError MODEL_UNAVAILABLE; MODEL_REFUSED with the last reason
 */
export async function askModel(workspace: Workspace, asking: Asking): Promise<WrittenPattern> {
  const gate = workspace.model;
  if (gate.kind === 'off') throw new PatternsError('MODEL_UNAVAILABLE', gate.reason);
  const model = await gate.open();
  const { instructions, question } = asking.prompt;
  const turns: { by: 'user' | 'model'; text: string }[] = [{ by: 'user', text: question }];
  let reason = '';
  for (let attempt = 1; attempt <= gate.attempts; attempt++) {
    const asked = Buffer.from(canonicalJson({ instructions, turns }), 'utf8');
    let text = '';
    try {
      text = await model.ask({ instructions, turns });
      const answer = readAnswer(text);
      requireHarmless(text, asking.prompt);
      const origin = originOf(model, asked, text, attempt);
      const pattern = await asking.accept(answer, origin);
      return { pattern, attachments: [asked, Buffer.from(text, 'utf8')] };
    } catch (cause) {
      if (!(cause instanceof PatternsError) || !TOLD.has(cause.code)) throw cause;
      reason = cause.message;
      noteRefusal(workspace, model, asked, text, reason);
      workspace.notify(`answer ${attempt} of ${model.model} is refused: ${reason}`);
      turns.push({ by: 'model', text: text.slice(0, MAX_ECHO).toWellFormed() || '(nothing)' });
      turns.push({ by: 'user', text: retryText(reason) });
    }
  }
  throw new PatternsError(
    'MODEL_REFUSED',
    `no answer of ${model.provider} ${model.model} could be used, in ${gate.attempts} attempts; the last one: ${reason}`,
    { hint: 'Publish a pattern by hand, or choose another model.', details: { attempts: gate.attempts } },
  );
}

/** How much of a refused answer is sent back. */
const MAX_ECHO = 20_000;

/** What an answer can do wrong; anything else is not the model's fault. */
const TOLD: ReadonlySet<string> = new Set([
  'MODEL_REFUSED',
  'PATTERN_INVALID',
  'TEMPLATE_SYNTAX',
  'TEMPLATE_RENDER',
  'TEMPLATE_LIMIT',
  'VARIABLE_INVALID',
  'SLOT_INVALID',
  'ENCODING_INVALID',
]);

function requireHarmless(text: string, prompt: Prompt): void {
  if (text.includes(prompt.mark))
    throw new PatternsError('MODEL_REFUSED', 'the answer repeats the instructions');
  if (looksLikeSecret(text))
    throw new PatternsError('MODEL_REFUSED', 'the answer holds what looks like a secret');
}

function originOf(model: LanguageModel, asked: Uint8Array, text: string, attempts: number): PatternOrigin {
  return {
    kind: 'llm',
    provider: model.provider,
    model: model.model,
    parameters: model.parameters,
    prompt: sha256(asked),
    answer: sha256(text),
    attempts,
  };
}

function noteRefusal(
  workspace: Workspace,
  model: LanguageModel,
  asked: Uint8Array,
  text: string,
  reason: string,
): void {
  const { fs, now } = workspace.host;
  const folder = join(workspace.root, '.patterns');
  fs.makeFolder(folder);
  const line = canonicalJson({
    at: now(),
    provider: model.provider,
    model: model.model,
    prompt: sha256(asked),
    answer: sha256(text),
    reason: reason.slice(0, 1000).toWellFormed(),
  });
  fs.append(join(folder, 'refused-answers.jsonl'), Buffer.from(`${line}\n`, 'utf8'));
}
