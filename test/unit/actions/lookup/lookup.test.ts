import { expect, test } from 'vitest';
import {
  environmentNotFound,
  namesMeant,
  requireEnvironment,
} from '../../../../src/actions/lookup/lookup.ts';
import { namespaceOf } from '../namespace-fixture.ts';

test.each([
  ['v1', ['v1']],
  ['shop-v1', ['shop-v1', 'v1']],
  // The app's name counts at the beginning only: what is deleted under another name would be somebody else's.
  ['new-shop-v1', ['new-shop-v1']],
  ['Feature/X', ['Feature/X', expect.stringMatching(/^feature-x/)]],
])('%s means versions of these names', (wanted, names) => {
  expect([...namesMeant('shop', wanted)]).toEqual(names);
});

test('an environment that is not there: which ones are, the likely one first, and what else can be done', () => {
  const state = namespaceOf({ environments: [{ name: 'team-a' }, { name: 'dev' }] });
  expect(environmentNotFound(state, 'taem-a', 'Make it.')).toMatchObject({
    code: 'NOT_FOUND',
    hints: ['Did you mean `team-a`?', 'There are: dev, team-a.', 'Make it.'],
  });
  expect(environmentNotFound(namespaceOf({}), 'dev').hints).toEqual(['None exists yet.']);
  expect(() => requireEnvironment(state, 'prod')).toThrow('there is no virtual environment "prod"');
  expect(() => requireEnvironment(state, 'dev')).not.toThrow();
});
