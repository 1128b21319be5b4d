// Creating a virtual environment by a name that is nearly another's: a person is asked, a script is told.
import { expect, test } from 'vitest';
import { approveEnvironment } from '../../../src/actions/new-environment.ts';
import type { NamespaceState } from '../../../src/cluster/namespace.ts';
import type { FoxEvent } from '../../../src/core/events.ts';

const state = {
  environments: ['default', 'staging', 'pr-12'].map((name) => ({ definition: { name, vars: {} } })),
} as unknown as NamespaceState;

async function approve(wanted: string, isThere: boolean) {
  const [asked, told]: [string[], FoxEvent[]] = [[], []];
  const ask = async (question: string) => void asked.push(question);
  const emit = (event: FoxEvent) => void told.push(event);
  await approveEnvironment(wanted, state, { emit, ...(isThere ? { ask } : {}) });
  return { asked, told };
}

test('a person is asked', async () => {
  expect(await approve('stagging', true)).toEqual({
    asked: ['There is no virtual environment stagging (did you mean staging?). Create it?'],
    told: [],
  });
});

test('where nobody can answer, it is told', async () => {
  const text = 'There is no virtual environment stagging yet. Did you mean staging?';
  expect(await approve('stagging', false)).toEqual({ asked: [], told: [{ type: 'info', text }] });
});

test.each(['staging', 'team-a', 'pr-13', 'pr-2'])('%s is no slip', async (name) => {
  expect(await approve(name, true)).toEqual({ asked: [], told: [] });
});
