// What plain requests are told where nothing is released for them: what is true, and where else something is.
import { expect, test } from 'vitest';
import { isProblem } from '../../../../src/core/routing/problem.ts';
import { decideBySelectors, definitionOf, manifestOf, tableOf, type TableSketch } from './routing-fixture.ts';

const story: TableSketch = {
  environments: ['dev', 'team', 'closed'].map((name) => ({ name, vars: {} })),
  defaultEnvironment: 'dev',
  versions: [
    { manifest: manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } }), runsIn: ['team', 'closed'] },
  ],
  releases: { 'team.shop': 'v1', 'closed.shop': 'v1' },
};

function told(sketch: TableSketch, environment?: string) {
  const table = tableOf(sketch);
  if (sketch.environments.length > 0)
    table.setEnvironment({ ...definitionOf({ name: 'closed', vars: {} }), access: 'internal' }, false);
  const decision = decideBySelectors(table, environment === undefined ? {} : { environment }, '/');
  if (!isProblem(decision)) throw new Error('it is served');
  return decision;
}

test('nothing in the default environment: where something is, if anybody may go there', () => {
  const { problem, detail, try: tries } = told(story);
  expect(problem).toBe('nothing-released');
  expect(detail).toContain('Nothing is released in virtual environment dev, where requests go that no host');
  expect(detail).toContain('Something is released in team.');
  expect(detail).not.toContain('closed');
  expect(tries).toContain('?kf-ve=team');
});

test('nothing in another environment: nothing is said of others', () => {
  expect(told({ ...story, releases: { 'closed.shop': 'v1' } }, 'team').detail).toBe(
    'Nothing is released in virtual environment team. A version can be asked for with ?kf-dep=<version>.',
  );
});

test('no default environment: none is said to be deployed to only if there is none at all', () => {
  const { defaultEnvironment: _, ...without } = story;
  const { problem, detail, try: tries } = told(without);
  expect(problem).toBe('no-default-environment');
  expect(detail).toContain(
    'There is no default virtual environment, and none has this host or path. Something is released in team.',
  );
  expect(tries).toContain('?kf-ve=team');
  expect(told({ versions: [], environments: [] }).problem).toBe('nothing-deployed');
});
