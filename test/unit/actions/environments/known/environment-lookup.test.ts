// The environment that a command changes: made only by somebody's consent.
import { describe, expect, it } from 'vitest';
import { EnvironmentLookup } from '../../../../../src/actions/environments/known/environment-lookup.ts';
import { FoxError } from '../../../../../src/core/errors.ts';
import { namespaceOf } from '../../namespace-fixture.ts';

const state = namespaceOf({ environments: [{ name: 'team-a', vars: { A: 1 } }] });
const nobody = {};
const wanted = (name: string, create = false) => ({ name, defaultEnvironment: 'dev', create });

describe('an environment that is not there', () => {
  it('is refused with near names where nobody can be asked', async () => {
    const lookup = new EnvironmentLookup(wanted('tema-a'), nobody);
    await expect(lookup.definition(state)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hints: ['Did you mean `team-a`?', 'There are: team-a.', '`--create` makes it.'],
    });
  });

  it('is made without a question where that was said, or if it is the default one', async () => {
    for (const each of [wanted('new', true), wanted('dev')]) {
      const lookup = new EnvironmentLookup(each, nobody);
      expect(await lookup.definition(state)).toEqual({ name: each.name, vars: {} });
    }
  });

  it('is asked about once, however often it is looked for', async () => {
    const questions: string[] = [];
    const ask = async (question: string) => void questions.push(question);
    for (const name of ['tema-a', 'team-b']) {
      const lookup = new EnvironmentLookup(wanted(name), { ask });
      await lookup.definition(state);
      await lookup.definition(state);
    }
    // Only the first may be a slip.
    expect(questions).toEqual([
      'There is no virtual environment tema-a yet (did you mean team-a?). Create it?',
      'There is no virtual environment team-b yet. Create it?',
    ]);
  });

  it('is not made where somebody says no', async () => {
    const lookup = new EnvironmentLookup(wanted('team-b'), {
      ask: async () => Promise.reject(new FoxError('CANCELLED', 'cancelled')),
    });
    await expect(lookup.definition(state)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

it('one that is there is as it is, unasked', async () => {
  const lookup = new EnvironmentLookup(wanted('team-a'), nobody);
  expect(await lookup.definition(state)).toEqual({ name: 'team-a', vars: { A: 1 } });
});
