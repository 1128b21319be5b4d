// Secrets in a real API: recognised by one key, kept beside their environment, copied for workloads, found again, never shown.
import { randomBytes } from 'node:crypto';
import type { V1Deployment, V1Secret } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Namespace } from '../../src/cluster/namespace.ts';
import { checkSecrets } from '../../src/actions/doctor/secrets.ts';
import { SecretVault } from '../../src/cluster/secrets/vault.ts';
import type {
  EnvironmentDefinition,
  SecretReference,
} from '../../src/core/environments/environment-definition.ts';
import { FoxError } from '../../src/core/errors.ts';
import { secretKey } from '../../src/core/environments/fingerprint.ts';
import { type Workload, workloadsOf } from '../../src/core/version/workload.ts';
import { manifestOf } from '../unit/core/version/identity-fixture.ts';
import { workloadWith } from '../unit/cluster/objects/workload-fixture.ts';
import { ApplyingCluster } from './applying-cluster.ts';

const origin = { version: 'v1', commit: 'c'.repeat(40) };

let cluster: ApplyingCluster;
let vault: SecretVault;
beforeEach(async () => {
  cluster = await ApplyingCluster.open();
  vault = new SecretVault(cluster.client);
});
afterEach(async () => {
  await cluster.end();
});

/** A vault that knows nothing yet, as the next command's. */
function nextVault(): SecretVault {
  return new SecretVault(cluster.client);
}

async function secret(name: string): Promise<V1Secret | undefined> {
  return cluster.client.get<V1Secret>('secrets', name);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function valueOf(value: string) {
  return { fingerprint: await vault.fingerprint(value), value };
}

/** Keeps a value and has the environment's ConfigMap say so, as `fox env set` does. */
async function set(environment: string, name: string, value: string): Promise<SecretReference> {
  const known = await valueOf(value);
  await vault.store(environment, new Map([[name, known]]));
  const reference = { fingerprint: known.fingerprint };
  await define({ name: environment, vars: {}, secrets: { [name]: reference } });
  return reference;
}

async function define(definition: EnvironmentDefinition): Promise<void> {
  const namespace = new Namespace(cluster.client);
  await cluster.client.delete('configmaps', `fox-env-${definition.name}`);
  await namespace.createEnvironment(definition, false);
}

async function give(name: string, data: Record<string, string>): Promise<void> {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
  const metadata = { name };
  await cluster.client.delete('secrets', name);
  await cluster.client.create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata, data: encoded });
}

function workload(secrets: Record<string, string>, hash = 'a'): Workload {
  return { ...workloadWith({ secrets: Object.keys(secrets) }, { hash }), secrets };
}

function namespaceOf(): Namespace {
  return new Namespace(cluster.client, 'kubernetes', () => ({ image: 'registry.test/shop:1' }));
}

async function failure(promise: Promise<unknown>): Promise<FoxError> {
  const error: unknown = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error instanceof FoxError) return error;
  throw new Error(`expected a FoxError, not ${String(error)}`);
}

/** Why a key of the Secret `database` can't be referred to. */
async function referring(key: string): Promise<FoxError> {
  return failure(vault.refer({ name: 'database', key }));
}

describe('the key', () => {
  it('is made once, also by several at the same time', async () => {
    const all = await Promise.all([1, 2, 3].map(async () => nextVault().fingerprint('geheim')));
    expect(new Set(all).size).toBe(1);
    expect(all[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(await nextVault().fingerprint('geheim')).toBe(all[0]);
    expect(await nextVault().fingerprint('Geheim')).not.toBe(all[0]);
    const identity = await secret('fox-identity');
    expect(identity?.immutable).toBe(true);
    expect(await vault.linkKey()).toContain('PRIVATE KEY');
  });

  it('is not made by who only looks', async () => {
    const looked = await vault.fingerprint('geheim', { isPreview: true });
    expect(looked).toBe(await vault.fingerprint('geheim', { isPreview: true }));
    expect(await secret('fox-identity')).toBeUndefined();
    expect(await vault.fingerprint('geheim')).not.toBe(looked);
  });

  it('is not made anew while something is recognised by it', async () => {
    await set('dev', 'PASSWORD', 'geheim');
    await cluster.client.delete('secrets', 'fox-identity');
    const error = await failure(nextVault().fingerprint('other'));
    expect(error.code).toBe('REFUSED');
    expect(error.details.join()).toContain('virtual environment dev');
    expect(error.hints.join()).toContain('backup');
    expect(await secret('fox-identity')).toBeUndefined();
    const needed = workload({ PASSWORD: 'f'.repeat(64) });
    expect((await failure(nextVault().require([needed]))).message).toContain('fox-identity');
  });

  it('is made anew where all that it recognised is entered anew', async () => {
    const one = await set('dev', 'PASSWORD', 'geheim');
    const secrets = { PASSWORD: one, TOKEN: one };
    await define({ name: 'dev', vars: {}, secrets });
    await cluster.client.delete('secrets', 'fox-identity');
    const entered = (environment: string, ...names: readonly string[]) =>
      nextVault().fingerprint('geheim', { anew: { environment, names: new Set(names) } });
    expect((await failure(entered('dev', 'PASSWORD'))).hints.join()).toContain(
      '`fox env set -e dev --secrets <file>`',
    );
    expect((await failure(entered('other', ...Object.keys(secrets)))).code).toBe('REFUSED');
    expect(await secret('fox-identity')).toBeUndefined();
    expect(await entered('dev', ...Object.keys(secrets))).toBe(await nextVault().fingerprint('geheim'));
  });

  it('is not that of somebody else', async () => {
    await give('fox-identity', { key: 'x' });
    expect((await failure(vault.fingerprint('geheim'))).code).toBe('CONFLICT');
  });
});

describe('values of an environment', () => {
  it('stand beside each other until the old one is unused, and go with the environment', async () => {
    const old = await set('dev', 'PASSWORD', 'old');
    const now = await valueOf('new');
    await vault.store('dev', new Map([['PASSWORD', now]]));
    const keys = async () => Object.keys((await secret('fox-env-dev'))?.data ?? {});
    expect(await keys()).toHaveLength(2);
    await define({ name: 'dev', vars: {}, secrets: { PASSWORD: { fingerprint: now.fingerprint } } });
    const namespace = new Namespace(cluster.client);
    expect(await vault.removeUnused(await namespace.observe())).toEqual([
      secretKey('PASSWORD', old.fingerprint),
    ]);
    expect(await keys()).toEqual([secretKey('PASSWORD', now.fingerprint)]);
    expect(await vault.removeUnused(await namespace.observe())).toEqual([]);
    await cluster.client.delete('configmaps', 'fox-env-dev');
    // Somebody may mend it.
    expect(await vault.removeUnused(await namespace.observe())).toEqual([]);
    await vault.removeUnused(await namespace.observe(), ['dev']);
    expect(await secret('fox-env-dev')).toBeUndefined();
  });

  it('stay while a released configuration names them', async () => {
    const old = await set('dev', 'PASSWORD', 'old');
    await define({ name: 'dev', vars: {} });
    const state = await new Namespace(cluster.client).observe();
    const environment = { name: 'team-a', vars: {}, secrets: { PASSWORD: old.fingerprint } };
    const held = { name: 'shop-config-team-a-1', app: 'shop', environment };
    expect(await vault.removeUnused({ ...state, configurations: [held] })).toEqual([]);
    await nextVault().require([workload({ PASSWORD: old.fingerprint })]);
    expect(await vault.removeUnused(state)).toHaveLength(1);
    expect(await secret('fox-env-dev')).toBeUndefined();
  });

  it('are written once', async () => {
    const values = new Map([['PASSWORD', await valueOf('geheim')]]);
    expect(await vault.store('dev', values)).toBe(true);
    const before = await secret('fox-env-dev');
    expect(await nextVault().store('dev', values)).toBe(false);
    expect(await secret('fox-env-dev')).toEqual(before);
    expect(before?.metadata?.labels).toMatchObject({ 'kubefox.io/kind': 'environment' });
  });

  it('are refused where they have no room, and where the Secret is somebody else’s', async () => {
    for (let part = 0; part < 8; part++)
      await vault.store('dev', new Map([[`PART_${part}`, await valueOf(`${part}`.repeat(127 * 1024))]]));
    const error = await failure(
      vault.store('dev', new Map([['PART_9', await valueOf('9'.repeat(127 * 1024))]])),
    );
    expect(error.code).toBe('REFUSED');
    expect(error.message).toContain('1048576');
    expect(Object.keys((await secret('fox-env-dev'))?.data ?? {})).toHaveLength(8);
    await give('fox-env-prod', { key: 'x' });
    const values = new Map([['PASSWORD', await valueOf('geheim')]]);
    expect((await failure(vault.store('prod', values))).code).toBe('CONFLICT');
  });

  it('are not shown by the API’s own errors', async () => {
    const value = `geheim-${randomBytes(8).toString('hex')}`;
    const error = await failure(vault.store('dev', new Map([[`not a key ${value}`, await valueOf(value)]])));
    expect(error.code).toBe('CLUSTER_ERROR');
    expect(JSON.stringify([error.message, error.details, error.hints, String(error.cause)])).not.toContain(
      value,
    );
  });
});

describe('a Secret of another tool', () => {
  it('is referred to, with what it has now', async () => {
    await give('database', { password: 'geheim' });
    const from = { name: 'database', key: 'password' };
    const fingerprint = await vault.fingerprint('geheim');
    expect(await vault.refer(from)).toEqual({ fingerprint, from });
    // Workloads are made before an environment says so.
    await vault.require([workload({ PASSWORD: fingerprint })]);
    await expect(nextVault().require([workload({ PASSWORD: fingerprint })])).rejects.toThrow("can't be had");
  });

  it('must exist, have the key, and a value that a variable can have', async () => {
    expect((await referring('password')).code).toBe('NOT_FOUND');
    await give('database', { other: 'geheim', empty: '', nul: 'a\0b' });
    const error = await referring('password');
    expect([...error.hints, error.message].join()).toContain('other');
    expect((await referring('empty')).message).toContain('is empty');
    expect((await referring('nul')).message).toContain('NUL');
    const data = { binary: Buffer.from([0xff, 0xfe]).toString('base64') };
    await cluster.client.patch('secrets', 'database', { data });
    expect((await referring('binary')).message).toContain('UTF-8');
    expect(JSON.stringify([error.message, error.hints])).not.toContain('geheim');
  });

  it("must not be fox's own, whichever of its keys is asked for", async () => {
    await set('dev', 'PASSWORD', 'geheim');
    const [ofEnvironment, identity] = await Promise.all(
      ['fox-env-dev', 'fox-identity'].map((name) => failure(vault.refer({ name, key: 'PASSWORD' }))),
    );
    expect(ofEnvironment).toMatchObject({ code: 'REFUSED', message: expect.stringContaining("fox's own") });
    expect(ofEnvironment?.hints[0]).toContain('--parent dev');
    expect(identity).toMatchObject({ code: 'REFUSED', message: expect.stringContaining("fox's own") });
    expect(identity?.hints).toEqual(['Set the value itself: `fox env set -e <name> --secret <NAME>`.']);
    expect(JSON.stringify([ofEnvironment?.hints, identity?.hints])).not.toContain('key');
  });
});

describe('a workload with secrets', () => {
  it('has an immutable copy of its own, which its Deployment owns and its pods read', async () => {
    const { fingerprint } = await set('dev', 'PASSWORD', 'geheim');
    const made = workload({ PASSWORD: fingerprint });
    expect(await namespaceOf().createWorkload(made, origin)).toBe(true);
    const copy = await secret('shop-web-aaaaaaaa');
    const deployment = await cluster.client.get<V1Deployment>('deployments', 'shop-web-aaaaaaaa');
    expect(copy?.data).toEqual({ PASSWORD: base64('geheim') });
    expect(copy?.immutable).toBe(true);
    expect(copy?.metadata?.ownerReferences).toMatchObject([
      { kind: 'Deployment', uid: deployment?.metadata?.uid },
    ]);
    expect(deployment?.spec?.template.spec?.containers[0]?.env).toContainEqual({
      name: 'PASSWORD',
      valueFrom: { secretKeyRef: { name: 'shop-web-aaaaaaaa', key: 'PASSWORD' } },
    });
    expect(JSON.stringify(deployment)).not.toContain('geheim');
    expect(JSON.stringify(deployment)).not.toContain(base64('geheim'));
    expect(await namespaceOf().createWorkload(made, origin)).toBe(false);
    expect(await secret('shop-web-aaaaaaaa')).toEqual(copy);
  });

  it('is completed by the next run, wherever the one before was ended', async () => {
    const { fingerprint } = await set('dev', 'PASSWORD', 'geheim');
    const made = workload({ PASSWORD: fingerprint });
    await nextVault().put(made);
    expect(await vault.orphans(new Set())).toEqual([{ app: 'shop', name: 'shop-web-aaaaaaaa' }]);
    expect(await namespaceOf().createWorkload(made, origin)).toBe(true);
    await cluster.client.patch('secrets', 'shop-web-aaaaaaaa', { metadata: { ownerReferences: null } });
    expect(await namespaceOf().createWorkload(made, origin)).toBe(false);
    expect((await secret('shop-web-aaaaaaaa'))?.metadata?.ownerReferences).toHaveLength(1);
    await cluster.client.delete('secrets', 'shop-web-aaaaaaaa');
    expect(await namespaceOf().createWorkload(made, origin)).toBe(false);
    expect((await secret('shop-web-aaaaaaaa'))?.data).toEqual({ PASSWORD: base64('geheim') });
    expect(await vault.orphans(new Set(['shop-web-aaaaaaaa']))).toEqual([]);
  });

  it('takes a copy over that its Deployment of before has left', async () => {
    const { fingerprint } = await set('dev', 'PASSWORD', 'geheim');
    const made = workload({ PASSWORD: fingerprint });
    await namespaceOf().createWorkload(made, origin);
    const { uid: before } =
      (await cluster.client.get<V1Deployment>('deployments', 'shop-web-aaaaaaaa'))?.metadata ?? {};
    await cluster.client.delete('deployments', 'shop-web-aaaaaaaa');
    await namespaceOf().createWorkload(made, origin);
    const { uid } =
      (await cluster.client.get<V1Deployment>('deployments', 'shop-web-aaaaaaaa'))?.metadata ?? {};
    const owners = (await secret('shop-web-aaaaaaaa'))?.metadata?.ownerReferences ?? [];
    expect(uid).not.toBe(before);
    expect(owners.map((owner) => owner.uid)).toEqual([uid]);
  });

  it('is refused where its copy’s name is taken', async () => {
    const { fingerprint } = await set('dev', 'PASSWORD', 'geheim');
    const made = workload({ PASSWORD: fingerprint });
    await give('shop-web-aaaaaaaa', { PASSWORD: 'other' });
    expect((await failure(namespaceOf().createWorkload(made, origin))).code).toBe('CONFLICT');
    expect(await cluster.client.get('deployments', 'shop-web-aaaaaaaa')).toBeUndefined();
    await cluster.client.delete('secrets', 'shop-web-aaaaaaaa');
    await nextVault().put(made);
    const alike = { ...made, hash: `${'a'.repeat(8)}${'b'.repeat(56)}` };
    const error = await failure(namespaceOf().createWorkload(alike, origin));
    expect(error.message).toContain('hashes begin alike');
  });
});

describe('values that workloads need', () => {
  it('are found where another workload has them', async () => {
    const { fingerprint } = await set('dev', 'PASSWORD', 'geheim');
    await namespaceOf().createWorkload(workload({ PASSWORD: fingerprint }), origin);
    await cluster.client.delete('secrets', 'fox-env-dev');
    await namespaceOf().createWorkload(workload({ PASSWORD: fingerprint }, 'b'), origin);
    expect((await secret('shop-web-bbbbbbbb'))?.data).toEqual({ PASSWORD: base64('geheim') });
  });

  it('are told all at once where they can’t be had, each with what mends it', async () => {
    const { fingerprint } = await set('dev', 'PASSWORD', 'geheim');
    await give('changed', { key: 'before' });
    await give('cut', { key: 'before' });
    await give('gone', { key: 'before' });
    const others = ['changed', 'cut', 'gone'] as const;
    const references = await Promise.all(others.map(async (name) => vault.refer({ name, key: 'key' })));
    const named = { CHANGED: references[0], CUT: references[1], GONE: references[2] };
    const secrets = Object.fromEntries(
      Object.entries(named).flatMap(([name, each]) => (each === undefined ? [] : [[name, each]])),
    ) as Record<string, SecretReference>;
    await define({ name: 'team-a', vars: {}, secrets });
    await give('changed', { key: 'after' });
    await give('cut', { other: 'before' });
    await cluster.client.delete('secrets', 'gone');
    await cluster.client.delete('secrets', 'fox-env-dev');
    const needed = workload({
      PASSWORD: fingerprint,
      ...Object.fromEntries(Object.entries(secrets).map(([name, each]) => [name, each.fingerprint])),
      NOWHERE: 'f'.repeat(64),
    });
    const error = await failure(nextVault().require([needed]));
    expect(error.code).toBe('REFUSED');
    expect(error.details).toEqual([
      expect.stringMatching(/^PASSWORD \([0-9a-f]{8}\): Secret fox-env-dev doesn't exist$/),
      expect.stringMatching(/^CHANGED .*key of Secret changed has changed since team-a took it over$/),
      expect.stringMatching(/^CUT .*has no key key$/),
      expect.stringMatching(/^GONE .*Secret gone of another tool doesn't exist$/),
      expect.stringMatching(/^NOWHERE \(ffffffff\): its value is nowhere any more/),
    ]);
    expect(error.hints.join()).toContain('`fox env set -e dev --secret PASSWORD`');
    expect(error.hints.join()).toContain(
      '`fox env set -e team-a --secret CHANGED --from-secret changed/key`',
    );
    expect(await secret('shop-web-aaaaaaaa')).toBeUndefined();
  });

  it('are those that the fingerprint says, also where somebody has changed the Secret', async () => {
    const { fingerprint } = await set('dev', 'PASSWORD', 'geheim');
    const data = { [secretKey('PASSWORD', fingerprint)]: base64('forged') };
    await cluster.client.patch('secrets', 'fox-env-dev', { data });
    const error = await failure(nextVault().require([workload({ PASSWORD: fingerprint })]));
    expect(error.details.join()).toContain("doesn't have its value");
    await nextVault().store('dev', new Map([['PASSWORD', { fingerprint, value: 'geheim' }]]));
    await nextVault().require([workload({ PASSWORD: fingerprint })]);
  });

  it('can be offered before they are kept', async () => {
    const values = new Map([['PASSWORD', await valueOf('geheim')]]);
    vault.offer(values);
    await vault.require([workload({ PASSWORD: (await valueOf('geheim')).fingerprint })]);
    expect(await secret('fox-env-dev')).toBeUndefined();
  });
});

describe('the doctor', () => {
  it('tells which values can’t be had any more, and by what they can again', async () => {
    expect(await checkSecrets(namespaceOf())).toEqual([]);
    await set('dev', 'PASSWORD', 'geheim');
    expect(await checkSecrets(namespaceOf())).toMatchObject([{ check: 'secrets', status: 'ok' }]);
    await cluster.client.delete('secrets', 'fox-env-dev');
    const [found] = await checkSecrets(namespaceOf());
    expect(found).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('fox env set -e dev') as string,
    });
    expect(found?.details.join()).toContain("Secret fox-env-dev doesn't exist");
    await cluster.client.delete('secrets', 'fox-identity');
    expect((await failure(checkSecrets(namespaceOf()))).message).toContain('fox-identity');
  });

  it('tells which workloads lack their copy', async () => {
    const { fingerprint } = await set('dev', 'PASSWORD', 'geheim');
    const manifest = manifestOf('v1', { web: { env: {}, secrets: ['PASSWORD'] } });
    const namespace = namespaceOf();
    await namespace.writeVersion(manifest, ['dev']);
    const [needed] = workloadsOf(manifest, {
      name: 'dev',
      vars: {},
      secrets: { PASSWORD: fingerprint },
    }).values();
    if (needed === undefined) throw new Error('v1 has a workload');
    await namespace.createWorkload(needed, origin);
    expect(await checkSecrets(namespaceOf())).toMatchObject([{ status: 'ok' }]);
    const name = `shop-web-${needed.hash.slice(0, 8)}`;
    await cluster.client.delete('secrets', name);
    const [found] = await checkSecrets(namespaceOf());
    expect(found?.details).toEqual([`Secret ${name} is gone: the next pod of that workload can't start`]);
    await namespaceOf().secrets.restoreCopies([needed]);
    expect(await checkSecrets(namespaceOf())).toMatchObject([{ status: 'ok' }]);
  });
});
