// What gives virtual environments the values that an app lacks there: one command for all that inherit from one.
import { expect, test } from 'vitest';
import type { EnvironmentValidation } from '../../../src/actions/environments/validate/validate-environments.ts';
import { invalidIn } from '../../../src/cli/validation-error.ts';

function lacking(lineage: readonly string[], ...names: readonly string[]): EnvironmentValidation {
  const problems = names.map((name) => ({
    component: 'api',
    path: `components.api.env.${name}`,
    name,
    of: 'variable' as const,
    what: 'missing' as const,
    message: 'is required but has no value',
  }));
  return { name: lineage[0] ?? '', lineage, valid: names.length === 0, problems, unused: [], untold: [] };
}

const five = [
  lacking(['dev'], 'CURRENCY', 'TAX'),
  lacking(['team-a', 'dev'], 'CURRENCY', 'TAX'),
  lacking(['team-b', 'dev'], 'CURRENCY'),
  lacking(['team-c', 'dev'], 'CURRENCY'),
  lacking(['pr-1', 'team-c', 'dev'], 'CURRENCY'),
];

test('what all lack that inherit from one is set there, once', () => {
  const { message, hints } = invalidIn({ app: 'shop', environments: five }, { inFiles: false });
  expect(message).toBe("shop can't run in dev, team-a, team-b, team-c, pr-1");
  expect(hints).toEqual(['Set it: `fox env set -e dev CURRENCY=… TAX=…`.']);
});

test('what has nothing in common is named one by one', () => {
  const environments = [lacking(['dev'], 'CURRENCY'), lacking(['prod'], 'CURRENCY'), lacking(['qa'])];
  expect(invalidIn({ app: 'shop', environments }, { inFiles: true }).hints).toEqual([
    'Give dev a value of CURRENCY, below `vars:` in its file.',
    'Give prod a value of CURRENCY, below `vars:` in its file.',
  ]);
});
