// An environment whose own object is gone or can't be read, made again: what its Secret still keeps is taken over, if that is clear.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LeftSecrets } from '../../src/actions/environments/change/left-secrets.ts';
import { deleteEnvironmentObjects } from '../../src/cluster/objects/environment-removal.ts';
import { SecretVault } from '../../src/cluster/secrets/vault.ts';
import { secretKey } from '../../src/core/environments/fingerprint.ts';
import type { FoxEvent } from '../../src/core/events.ts';
import { namespaceOf } from '../unit/actions/namespace-fixture.ts';
import { ApplyingCluster } from './applying-cluster.ts';

let cluster: ApplyingCluster;
let vault: SecretVault;
beforeEach(async () => {
  cluster = await ApplyingCluster.openHere();
  vault = new SecretVault(cluster.client);
});
afterEach(async () => cluster.end());

async function keep(name: string, value: string): Promise<string> {
  const fingerprint = await vault.fingerprint(value);
  await vault.store('dev', new Map([[name, { fingerprint, value }]]));
  return fingerprint;
}

/** What becomes of dev, asked twice, and what is told of that. */
async function added(vars: Record<string, string> = {}, state = namespaceOf({})) {
  const told: FoxEvent[] = [];
  const left = new LeftSecrets(new SecretVault(cluster.client), { emit: (event) => void told.push(event) });
  const first = await left.added({ name: 'dev', vars }, state);
  expect(await left.added({ name: 'dev', vars }, state)).toEqual(first);
  return { secrets: first.secrets, told: told.map((event) => ('text' in event ? event.text : event.type)) };
}

it('has its values again, but for those that it now says otherwise, and tells so once', async () => {
  const fingerprint = await keep('KEY', 'correct horse');
  await keep('OTHER', 'battery');
  const { secrets, told } = await added({ OTHER: 'a variable now' });
  expect(secrets).toEqual({ KEY: { fingerprint } });
  expect(told).toEqual(['dev: what Secret fox-env-dev still keeps is taken over: KEY']);
});

it('has nothing that the key does not recognise', async () => {
  const fingerprint = await keep('KEY', 'correct horse');
  const forged = Buffer.from('forged').toString('base64');
  const data = { [secretKey('KEY', fingerprint)]: forged, 'fox.0123456789abcdef': forged, odd: forged };
  await cluster.client.patch('secrets', 'fox-env-dev', { data });
  expect(await added()).toEqual({ secrets: undefined, told: [] });
  await cluster.client.delete('secrets', 'fox-identity');
  expect(await added()).toEqual({ secrets: undefined, told: [] });
});

it('has of several values the one that is not kept for a release alone; else it has to be set', async () => {
  const old = await keep('KEY', 'old');
  const fingerprint = await keep('KEY', 'new');
  const environment = { name: 'dev', vars: {}, secrets: { KEY: old }, configuration: 'x' };
  const released = namespaceOf({ configurations: [{ app: 'shop', revision: 1, environment }] });
  expect((await added({}, released)).secrets).toEqual({ KEY: { fingerprint } });
  const unclear = await added();
  expect(unclear.secrets).toBeUndefined();
  expect(unclear.told).toEqual(['dev: Secret fox-env-dev has several values of KEY: set them again']);
});

it('has nothing of one that was deleted, but what it sets itself', async () => {
  await keep('OTHER', 'battery');
  await keep('KEY', 'correct horse');
  await deleteEnvironmentObjects(cluster.client, { name: 'dev', keepsSecrets: true });
  expect(await added()).toEqual({ secrets: undefined, told: [] });
  const fingerprint = await keep('KEY', 'correct horse');
  // Its own object is lost then, and not deleted.
  expect((await added()).secrets).toEqual({ KEY: { fingerprint } });
});
