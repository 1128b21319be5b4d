// How requests from outside find their virtual environment, and who may ask for one by name.
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EnvironmentDefinition } from '../../src/core/environments/environment-definition.ts';
import { accessKeyOf, signLink } from '../../src/core/routing/signed-link.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { startRouterPod } from './router-pod-world.ts';
import { type Answer, echo, until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

interface Echo {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

function echoOf(answer: Answer): Echo & { environment: unknown } {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
  return { ...(JSON.parse(answer.body) as Echo), environment: answer.headers['fox-virtual-env'] };
}

/** v1 runs in all of these environments and is released there; v2 only runs. `dev` is the default one. */
async function shop(...environments: Omit<EnvironmentDefinition, 'vars'>[]): Promise<void> {
  world.putEnvironment('dev', {}, true);
  for (const environment of environments) world.putDefinition({ ...environment, vars: {} });
  const names = ['dev', ...environments.map(({ name }) => name)];
  for (const version of ['v1', 'v2']) {
    const rules = ['PathPrefix(`/`)'];
    const manifest = manifestOf(version, { ui: { source: version, rules } });
    await world.runVersion(manifest, 'dev', { ui: echo(version) });
    world.putVersion(manifest, names);
  }
  world.putReleases(Object.fromEntries(names.map((name) => [`${name}.shop`, 'v1'])));
}

/** What whoever is refused is told, whatever the reason. */
const closed = 'What the request asks for by name does not exist, or may not be asked for from here.';

/** What a request is told that is refused access. */
async function refusal(path: string, headers: Record<string, string> = {}, base?: string): Promise<string> {
  const answer = await world.get(path, headers, base);
  expect(answer.status).toBe(403);
  const problem = JSON.parse(answer.body) as { type: string; detail: string };
  expect(problem.type).toBe('urn:fox:problem:access-refused');
  return problem.detail;
}

/** What whoever has this signature is told of v2 in team-a. */
async function refused(signature: string, path = '/?kf-dep=v2&kf-ve=team-a'): Promise<string> {
  return refusal(`${path}&kf-sig=${encodeURIComponent(signature)}`);
}

describe('hosts', () => {
  test('belong to one environment, whatever their case, port or dot', async () => {
    await shop({ name: 'team-a', hosts: ['team-a.example.com', 'a.example.com'] });
    await world.startRouter();
    for (const host of ['team-a.example.com', 'A.example.com:8443', 'team-a.example.com.']) {
      const { environment, headers } = echoOf(await world.get('/', { host }));
      expect(environment).toBe('team-a');
      expect(headers['host']).toBe(host);
    }
    for (const host of ['other.example.com', 'x.team-a.example.com', '[::1]:80'])
      expect(echoOf(await world.get('/', { host })).environment).toBe('dev');
  });

  test('a selector counts more, and moving a host moves its requests', async () => {
    await shop({ name: 'team-a', hosts: ['a.example.com'] }, { name: 'team-b' });
    await world.startRouter();
    const host = 'a.example.com';
    expect(echoOf(await world.get('/?kf-ve=team-b', { host })).environment).toBe('team-b');
    expect(echoOf(await world.get('/?kf-dep=v2', { host })).environment).toBe('team-a');
    world.putDefinition({ name: 'team-a', vars: {} });
    world.putDefinition({ name: 'team-b', vars: {}, hosts: [host] });
    await until('it has moved', async () => echoOf(await world.get('/', { host })).environment === 'team-b');
  });

  test('on the embedded cluster each environment has one without being told; in a pod it has not', async () => {
    await shop({ name: 'team-a' });
    await world.startRouter();
    const host = 'team-a.localhost:8080';
    expect(echoOf(await world.get('/', { host })).environment).toBe('team-a');
    expect(echoOf(await world.get('/', { host: 'mars.localhost' })).environment).toBe('dev');
    const { url } = await startRouterPod(world, { id: 'pod' });
    await until('the pod is ready', async () => (await world.get('/', {}, url)).status === 200);
    expect(echoOf(await world.get('/', { host }, url)).environment).toBe('dev');
  });
});

describe('sub-paths', () => {
  test('are removed before matching, and told', async () => {
    await shop({ name: 'team-a', subPath: 'team-a' });
    await world.startRouter();
    for (const [asked, seen] of [
      ['/team-a', '/'],
      ['/team-a/', '/'],
      ['/team-a/x/y?z=1', '/x/y?z=1'],
      ['/team-a?z=1', '/?z=1'],
      ['/te%61m-a/x', '/x'],
      ['/team-a//x', '//x'],
    ] as const) {
      const { url, headers, environment } = echoOf(await world.get(asked));
      expect([asked, url, environment]).toEqual([asked, seen, 'team-a']);
      expect(headers['x-forwarded-prefix']).toMatch(/^\/te(a|%61)m-a$/);
    }
    for (const asked of ['/team-ab', '/x/team-a', '/Team-a', '//team-a']) {
      const { url, headers, environment } = echoOf(await world.get(asked));
      expect([url, environment, headers['x-forwarded-prefix']]).toEqual([asked, 'dev', undefined]);
    }
  });

  test('stand behind what was removed before', async () => {
    await shop({ name: 'team-a', subPath: 'team-a' });
    world.putSettings({ trustedProxies: ['127.0.0.1'] });
    await world.startRouter();
    const prefixOf = async (path: string) =>
      echoOf(await world.get(path, { 'X-Forwarded-Prefix': '/shop/' })).headers['x-forwarded-prefix'];
    expect(await prefixOf('/team-a/x')).toBe('/shop/team-a');
    expect(await prefixOf('/x')).toBe('/shop/');
    world.putSettings({});
    await until('nobody is trusted any more', async () => (await prefixOf('/team-a/x')) === '/team-a');
    expect(await prefixOf('/x')).toBeUndefined();
  });

  test('count less than hosts and selectors, and are removed where they are those of the environment', async () => {
    await shop(
      { name: 'team-a', subPath: 'team-a' },
      { name: 'team-b', hosts: ['b.example.com'], subPath: 'b' },
    );
    await world.startRouter();
    const at = async (path: string, host?: string) => {
      const { url, environment } = echoOf(await world.get(path, host === undefined ? {} : { host }));
      return [environment, url];
    };
    expect(await at('/team-a/x', 'b.example.com')).toEqual(['team-b', '/team-a/x']);
    expect(await at('/b/x', 'b.example.com')).toEqual(['team-b', '/x']);
    expect(await at('/b/x?kf-ve=team-b')).toEqual(['team-b', '/x']);
    expect(await at('/b/x?kf-ve=team-a')).toEqual(['team-a', '/b/x']);
    expect(await at('/b/x?kf-dep=v2')).toEqual(['team-b', '/x']);
  });
});

describe('access', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const linkKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const soon = Date.now() + 3_600_000;
  // Where they are is told by responses, which closed environments' say only if asked to.
  const told = { responseHeaders: true };
  const signed = { access: 'signed', accessKey: accessKeyOf(linkKey), ...told } as const;
  const sign = (environment: string, deployment?: string, expiresAt = soon) =>
    signLink({ environment, ...(deployment === undefined ? {} : { deployment }) }, linkKey, expiresAt);

  test('a signed link opens what it was signed for, until it expires; plain requests need none', async () => {
    await shop({ name: 'team-a', ...signed, hosts: ['a.example.com'] }, { name: 'child', parent: 'team-a' });
    await world.startRouter();
    const selected = '/?kf-dep=v2&kf-ve=team-a';
    expect(await refusal(selected)).toBe(closed);
    const { url } = echoOf(await world.get(`/x?a=1&kf-dep=v2&kf-ve=team-a&kf-sig=${sign('team-a', 'v2')}`));
    expect(url).toBe('/x?a=1');
    const byHeaders = { 'kf-dep': 'v2', 'kf-ve': 'team-a', 'kf-sig': sign('team-a', 'v2') };
    expect(echoOf(await world.get('/', byHeaders)).headers).not.toHaveProperty('kf-sig');
    expect(echoOf(await world.get(`/?kf-ve=team-a&kf-sig=${sign('team-a')}`)).environment).toBe('team-a');
    expect(echoOf(await world.get('/', { host: 'a.example.com' })).environment).toBe('team-a');
    expect(await refusal('/?kf-dep=v2', { host: 'a.example.com' })).toBe(closed);
    expect(echoOf(await world.get(`/?kf-dep=v2&kf-ve=child&kf-sig=${sign('child', 'v2')}`)).environment).toBe(
      'child',
    );
  });

  test('others are refused', async () => {
    await shop(
      { name: 'team-a', ...signed },
      { name: 'team-b', ...signed },
      { name: 'keyless', access: 'signed' },
    );
    await world.startRouter();
    for (const signature of [
      'x',
      sign('team-a', 'v1'),
      sign('team-b', 'v2'),
      sign('team-a'),
      sign('team-a', 'v2').replace(/^\d+/, '99999999999'),
      sign('team-a', 'v2', 1_000),
    ])
      expect(await refused(signature)).toBe(closed);
    expect(await refused(sign('keyless', 'v2'), '/?kf-dep=v2&kf-ve=keyless')).toBe(closed);
  });

  test('internal: nobody asks from outside; plain requests are answered', async () => {
    await shop({ name: 'team-a', access: 'internal', hosts: ['a.example.com'], ...told });
    await world.startRouter();
    expect(await refusal('/?kf-ve=team-a')).toBe(closed);
    expect(await refusal('/?kf-dep=v2', { host: 'a.example.com' })).toBe(closed);
    expect(echoOf(await world.get('/', { host: 'a.example.com' })).environment).toBe('team-a');
    expect(echoOf(await world.get('/?kf-dep=v2')).environment).toBe('dev');
  });

  test.each(['internal', 'signed'] as const)(
    '%s: by a forwarded port of a pod one may ask',
    async (access) => {
      await shop({ name: 'team-a', access, ...told });
      const { url } = await startRouterPod(world);
      await until('the pod is ready', async () => (await world.get('/', {}, url)).status === 200);
      expect(echoOf(await world.get('/?kf-ve=team-a', {}, url)).environment).toBe('team-a');
    },
  );

  test('of an environment that is broken, nobody is let in by what its parent may have said', async () => {
    world.putDefinition({ name: 'own', parent: 'gone', access: 'internal', vars: {} });
    world.putDefinition({ name: 'inherited', parent: 'gone', vars: {} });
    await shop();
    await world.startRouter();
    expect(await refusal('/?kf-ve=own&kf-dep=v2')).toBe(closed);
    expect(await refusal('/?kf-ve=inherited&kf-dep=v2')).toBe(closed);
    world.api.delete('configmaps', 'fox-env-own');
    // Where nothing is known to be closed, it is told what is wrong.
    await until('only what nobody knows is left', async () => {
      const { status, body } = await world.get('/?kf-ve=inherited&kf-dep=v2');
      return status === 503 && body.includes('damaged-environment');
    });
  });
});
