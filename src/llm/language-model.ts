import type { JsonObject } from '../model/json.ts';

/** What is asked: instructions, and a conversation that ends with a question. */
export interface ModelQuestion {
  readonly instructions: string;
  readonly turns: readonly { readonly by: 'user' | 'model'; readonly text: string }[];
}

/** A language model that somebody else runs. Its answers are not to be trusted, and differ from call to call. */
export interface LanguageModel {
  readonly provider: string;
  readonly model: string;
  /** What shapes answers beside the question; kept with what is frozen. */
  readonly parameters: JsonObject;
  /**
   * The text of the answer.
   * @throws PatternsError MODEL_UNAVAILABLE; MODEL_REFUSED for an answer that is cut off, or larger than is read
   */
  ask(question: ModelQuestion): Promise<string>;
}

/** Whether a model may be asked, and which. */
export type ModelGate =
  | { readonly kind: 'off'; readonly reason: string }
  | { readonly kind: 'on'; readonly attempts: number; readonly open: () => Promise<LanguageModel> };
