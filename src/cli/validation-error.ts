// The error for an app that can't run in virtual environments: in which, and what gives them the values that they lack.
import type { EnvironmentValidation } from '../actions/environments/validate/validate-environments.ts';
import type { ValidateResult } from '../actions/validate.ts';
import { FoxError } from '../core/errors.ts';

/** @param inFiles the environments were taken from files. */
export function invalidIn(
  { app, environments }: Pick<ValidateResult, 'app' | 'environments'>,
  { inFiles }: { readonly inFiles: boolean },
): FoxError {
  const names = environments.filter(({ valid }) => !valid).map(({ name }) => name);
  const missing = [...lackingWhere(environments)].map(([name, variables]) =>
    inFiles
      ? `Give ${name} a value of ${variables.join(', ')}, below \`vars:\` in its file.`
      : `Set it: \`fox env set -e ${name} ${variables.map((each) => `${each}=…`).join(' ')}\`.`,
  );
  const mending = environments.flatMap(({ problems }) => problems.flatMap(({ hint }) => hint ?? []));
  return new FoxError('CONFIG_INVALID', `${app} can't run in ${names.join(', ')}`, {
    hints: [...new Set([...missing, ...mending])],
  });
}

/** Names of variables by the environment that is to say them: what several lack, all inherit from where their lines meet. */
function lackingWhere(environments: readonly EnvironmentValidation[]): Map<string, string[]> {
  const lacking = new Map<string, Set<EnvironmentValidation>>();
  for (const environment of environments) {
    for (const { what, of, name } of environment.problems) {
      if (what !== 'missing' || of !== 'variable' || name === undefined) continue;
      lacking.set(name, (lacking.get(name) ?? new Set()).add(environment));
    }
  }
  const found = new Map<string, string[]>();
  for (const [variable, those] of lacking) {
    const lines = [...those].map(({ lineage }) => lineage);
    const common = lines[0]?.find((each) => lines.every((line) => line.includes(each)));
    for (const name of common === undefined ? [...those].map((each) => each.name) : [common])
      found.set(name, [...(found.get(name) ?? []), variable]);
  }
  return found;
}
