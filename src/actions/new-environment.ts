// A virtual environment is created by naming it: one whose name is nearly that of another may be a slip.
import type { NamespaceState } from '../cluster/namespace.ts';
import { didYouMean } from '../core/names.ts';
import type { ActionContext } from './context.ts';

/** Asks whoever is there before such a one is created; tells it where nobody can answer. @throws FoxError CANCELLED. */
export async function approveEnvironment(
  wanted: string,
  { environments }: NamespaceState,
  { ask, emit }: Pick<ActionContext, 'ask' | 'emit'>,
): Promise<void> {
  const names = environments.map(({ definition }) => definition.name);
  if (names.includes(wanted)) return;
  // pr-12 beside pr-13 is no slip.
  const guess = didYouMean(
    wanted,
    names.filter((name) => withoutDigits(name) !== withoutDigits(wanted)),
  );
  if (guess === undefined) return;
  if (ask === undefined)
    emit({ type: 'info', text: `There is no virtual environment ${wanted} yet. Did you mean ${guess}?` });
  else await ask(`There is no virtual environment ${wanted} (did you mean ${guess}?). Create it?`);
}

function withoutDigits(name: string): string {
  return name.replaceAll(/\d+/g, '');
}
