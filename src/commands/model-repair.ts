import type { Blame } from '../learn/attribution.ts';
import { promptFor } from '../learn/prompt.ts';
import { PatternsError } from '../model/error.ts';
import { formatRef, type Pattern } from '../model/pattern.ts';
import { checkPattern } from '../render/check-pattern.ts';
import { askModel, type WrittenPattern } from './ask-model.ts';
import { derive } from './repair-candidates.ts';
import type { Workspace } from './workspace.ts';

const MAX_FAILURES = 5;

/**
 * Has a model change the body of a failing version. The answer has to pass the judge too; what it says against it is told
 * to the model.
 *
 * @throws PatternsError MODEL_UNAVAILABLE, MODEL_REFUSED
 */
export async function modelRepair(
  workspace: Workspace,
  failing: Pattern,
  blame: Blame,
  judge: (candidate: Pattern) => Promise<void>,
): Promise<WrittenPattern> {
  const ref = formatRef(failing.frozen);
  const failures = blame.failures
    .slice(0, MAX_FAILURES)
    .map(
      ({ what, class: name, message, frames }) =>
        `${what}: ${name}: ${message.slice(0, 500)}${frames.length === 0 ? '' : ` at ${blame.place}`}`,
    );
  const body = Buffer.from(failing.body).toString('utf8');
  const subject = { kind: 'repair' as const, ref, purpose: failing.record.signature.purpose, body, failures };
  const language = failing.record.facets['language'] ?? 'that of the body';
  workspace.notify(`a language model is asked to mend ${ref}; its body and the error go to it`);
  return askModel(workspace, {
    prompt: promptFor(subject, [], language),
    accept: async (answer, origin) => {
      if (Object.keys(answer.variables).length > 0)
        throw new PatternsError(
          'MODEL_REFUSED',
          'a repair declares no variables; those of the pattern stand',
        );
      if (answer.body === body) throw new PatternsError('MODEL_REFUSED', 'the body is the one that fails');
      const pattern = await workspace.bank.use((bank) =>
        derive(bank, failing, answer.body, { derived_from: [ref], origin }),
      );
      checkPattern(pattern);
      await judge(pattern);
      return pattern;
    },
  });
}
