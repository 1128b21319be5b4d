// Creating a virtual environment by a name that is nearly another's: a person is asked, a script is refused.
import { expect, test } from 'vitest';
import { problemsIn } from '../../../../src/actions/environments/known/environment-problems.ts';
import { approveEnvironment } from '../../../../src/actions/lookup/new-environment.ts';
import type { NamespaceState } from '../../../../src/cluster/namespace.ts';
import { manifestOf } from '../../core/routing/routing-fixture.ts';

const state = {
  environments: ['default', 'staging', 'team-b', 'pr-12'].map((name) => ({ definition: { name, vars: {} } })),
} as unknown as NamespaceState;

async function asked(wanted: string): Promise<string[]> {
  const questions: string[] = [];
  await approveEnvironment(wanted, state, { ask: async (question) => void questions.push(question) });
  return questions;
}

test('a person is asked', async () => {
  expect(await asked('stagging')).toEqual([
    'There is no virtual environment stagging (did you mean staging?). Create it?',
  ]);
});

test.each([
  ['stagging', 'staging'],
  ['tema-b', 'team-b'],
  ['teamb', 'team-b'],
])('where nobody can answer, %s is refused', async (wanted, guess) => {
  await expect(approveEnvironment(wanted, state, {})).rejects.toMatchObject({
    code: 'NOT_FOUND',
    hints: [`Did you mean \`${guess}\`?`, `If not, \`--yes\` creates ${wanted}.`],
  });
});

test.each(['staging', 'team-a', 'pr-13', 'pr-2'])('%s is no slip', async (name) => {
  expect(await asked(name)).toEqual([]);
});

test('values that a new one lacks are no reason to make it, where another was meant', () => {
  const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/{{.Vars.PLACE}}`)'] } });
  const { hints } = problemsIn(manifest, [{ name: 'tema-b', vars: {} }], state);
  expect(hints[0]).toBe('There is no virtual environment tema-b: did you mean `team-b`?');
});
