// Creating a workload on an API that says there is a conflict, although nothing of that name is there.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SecretVault } from '../../src/cluster/secrets/vault.ts';
import { createWorkload } from '../../src/cluster/objects/workload-creation.ts';
import { workloadWith } from '../unit/cluster/objects/workload-fixture.ts';
import { type Refusal, ScriptedKubernetes } from './scripted-kubernetes.ts';

let api: ScriptedKubernetes;
let connected: ReturnType<ScriptedKubernetes['client']>;

beforeEach(async () => {
  api = new ScriptedKubernetes();
  await api.start();
  connected = api.client();
});
afterEach(async () => {
  connected.close();
  await api.stop();
});

/** What Kubernetes answers when several creations at once count on the same quota. */
const quotaConflict: Refusal = {
  code: 409,
  reason: 'Conflict',
  message: 'Operation cannot be fulfilled on resourcequotas "team": the object has been modified',
};

async function create(): Promise<boolean> {
  const origin = { version: 'v1', commit: 'c'.repeat(40) };
  const { client } = connected;
  return createWorkload(
    client,
    workloadWith(),
    origin,
    { image: 'registry/shop:1' },
    new SecretVault(client),
  );
}

function creations(): string[] {
  return api.requests.filter((request) => request.startsWith('POST'));
}

test('a conflict over something else is tried again, and no workload is taken for one that exists', async () => {
  let refusals = 2;
  api.refuse = () => (refusals-- > 0 ? quotaConflict : undefined);
  expect(await create()).toBe(true);
  expect(creations()).toHaveLength(3);
});

test('a conflict that stays is told', async () => {
  api.refuse = () => quotaConflict;
  await expect(create()).rejects.toMatchObject({ code: 'CONFLICT', status: 409 });
  expect(creations().length).toBeLessThan(10);
});
