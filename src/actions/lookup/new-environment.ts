// A virtual environment is created by naming it: one whose name is nearly that of another may be a slip.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { FoxError } from '../../core/errors.ts';
import { didYouMean } from '../../core/names.ts';
import type { ActionContext } from '../context.ts';

/**
 * Asks whoever is there before such a one is created; refuses it where nobody can answer.
 * @throws FoxError CANCELLED, NOT_FOUND.
 */
export async function approveEnvironment(
  wanted: string,
  state: Pick<NamespaceState, 'environments'>,
  { ask }: Pick<ActionContext, 'ask'>,
): Promise<void> {
  const guess = nearEnvironment(wanted, state);
  if (guess === undefined) return;
  if (ask === undefined)
    throw new FoxError('NOT_FOUND', `there is no virtual environment "${wanted}"`, {
      hints: [`Did you mean \`${guess}\`?`, `If not, \`--yes\` creates ${wanted}.`],
    });
  await ask(`There is no virtual environment ${wanted} (did you mean ${guess}?). Create it?`);
}

/** The environment that was likely meant by a name that none has. */
export function nearEnvironment(
  wanted: string,
  { environments }: Pick<NamespaceState, 'environments'>,
): string | undefined {
  const names = environments.map(({ definition }) => definition.name);
  if (names.includes(wanted)) return undefined;
  return didYouMean(
    wanted,
    names.filter((name) => mayBeMeant(name, wanted)),
  );
}

/** pr-12 beside pr-13 is no slip, nor is team-b beside team-a. */
function mayBeMeant(name: string, wanted: string): boolean {
  if (withoutDigits(name) === withoutDigits(wanted)) return false;
  const [there, typed] = [name.split('-'), wanted.split('-')];
  if (there.length !== typed.length) return true;
  return typed.every((word, index) => {
    const other = there[index] ?? '';
    return word === other || didYouMean(word, [other]) !== undefined;
  });
}

function withoutDigits(name: string): string {
  return name.replaceAll(/\d+/g, '');
}
