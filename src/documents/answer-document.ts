import * as v from 'valibot';
import { PatternsError } from '../model/error.ts';
import { VARIABLE_TYPES, type VariableDeclaration } from '../model/pattern.ts';
import { parseJson } from './json-text.ts';
import { plainSource } from './plain-source.ts';
import { decode, strict } from './shape.ts';
import { IdentifierShape, JsonValueShape } from './shapes.ts';

/** What a language model answered. It is not trusted. */
export interface ModelAnswer {
  readonly body: string;
  readonly variables: Readonly<Record<string, VariableDeclaration>>;
}

const MAX_ANSWER = 400_000;
const MAX_BODY = 200_000;
const MAX_VARIABLES = 50;

const AnswerShape = strict({
  body: v.pipe(
    v.string(),
    v.minLength(1, 'must not be empty'),
    v.maxLength(MAX_BODY, `must have at most ${MAX_BODY} characters`),
  ),
  variables: v.optional(
    v.record(IdentifierShape, strict({ type: v.picklist(VARIABLE_TYPES), default: JsonValueShape })),
    {},
  ),
});

/**
 * Reads an answer: one JSON object, which may stand in a fence.
 * @throws PatternsError MODEL_REFUSED
 */
export function readAnswer(text: string): ModelAnswer {
  if (text.length > MAX_ANSWER)
    throw refuse(`the answer has ${text.length} characters; ${MAX_ANSWER} are read`);
  const inner = /^\s*```(?:json)?\n([\s\S]*?)\n```\s*$/.exec(text)?.[1] ?? text;
  try {
    const answer = decode(
      AnswerShape,
      plainSource(parseJson(inner, 'the answer'), 'the answer'),
      'MODEL_REFUSED',
    );
    if (!answer.body.isWellFormed() || answer.body.includes('\0'))
      throw refuse('the body holds characters that no text file has');
    if (Object.keys(answer.variables).length > MAX_VARIABLES)
      throw refuse(`the answer declares more than ${MAX_VARIABLES} variables`);
    return { ...answer, body: answer.body.endsWith('\n') ? answer.body : `${answer.body}\n` };
  } catch (cause) {
    if (!(cause instanceof PatternsError) || cause.code !== 'JSON_INVALID') throw cause;
    throw refuse(`the answer is no JSON object: ${cause.message}`);
  }
}

function refuse(message: string): PatternsError {
  return new PatternsError('MODEL_REFUSED', message);
}
