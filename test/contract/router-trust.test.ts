// Whom the router believes and lets ask, by settings that are in force at once; and what it keeps from all others.
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Environment } from '../../src/core/environments/environment.ts';
import { accessKeyOf, signLink } from '../../src/core/routing/signed-link.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { startRouterPod } from './router-pod-world.ts';
import { type Answer, echo, until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

type Vars = Environment['vars'];

const { privateKey } = generateKeyPairSync('ed25519');
const linkKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const inAnHour = Date.now() + 3_600_000;

/** `v1` and `v2` run in `dev`, the default one, and `v1` is released there. */
async function shop(): Promise<void> {
  world.putEnvironment('dev', {}, true);
  await run('v1', 'dev');
  await run('v2', 'dev');
  world.putReleases({ 'dev.shop': 'v1' });
}

/** Makes a version with one route that runs in one environment. */
async function run(
  version: string,
  environment: string,
  vars: Vars = {},
  rule = 'PathPrefix(`/`)',
): Promise<void> {
  // With a value of its own it runs nowhere else.
  const env = vars['TEAM'] === undefined ? {} : { TEAM: { type: 'string', required: true } as const };
  const manifest = manifestOf(version, { ui: { source: version, rules: [rule], env } });
  await world.runPod(manifest, environment, 'ui', echo(version), true, { vars });
  world.putVersion(manifest, [environment]);
}

/** Closed ones beside `dev`: their versions are nobody's business. */
async function closedOnes(): Promise<void> {
  const signed = { access: 'signed', accessKey: accessKeyOf(linkKey) } as const;
  const [a, b]: Vars[] = [{ TEAM: 'a' }, { TEAM: 'b' }];
  world.putDefinition({ name: 'team-a', access: 'internal', hosts: ['a.example.com'], vars: a ?? {} });
  world.putDefinition({ name: 'team-b', ...signed, hosts: ['b.example.com'], vars: b ?? {} });
  world.putDefinition({ name: 'empty', access: 'internal', hosts: ['empty.example.com'], vars: {} });
  await run('secret-a', 'team-a', a, 'Path(`/hidden-a`)');
  await run('secret-b', 'team-b', b, 'Path(`/hidden-b`)');
  world.putReleases({ 'dev.shop': 'v1', 'team-a.shop': 'secret-a', 'team-b.shop': 'secret-b' });
}

function seenBy(answer: Answer): Readonly<Record<string, string | undefined>> {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
  return (JSON.parse(answer.body) as { headers: Record<string, string | undefined> }).headers;
}

/** All of an answer that its receiver sees, but the time. */
function faceOf({ status, headers, body }: Answer): unknown {
  const { date: _, ...others } = headers;
  return { status, others, body };
}

describe('trusted proxies', () => {
  const claims = {
    'x-forwarded-for': '198.51.100.7, 203.0.113.9',
    'x-forwarded-host': 'a.example.com',
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '443',
    'x-real-ip': '203.0.113.9',
    forwarded: 'for=198.51.100.7',
    host: 'router.internal',
  };

  test('are believed from the moment on in which they are trusted, and no longer than that', async () => {
    await shop();
    world.putDefinition({ name: 'team-a', hosts: ['a.example.com'], vars: {} });
    await run('v3', 'team-a');
    world.putReleases({ 'dev.shop': 'v1', 'team-a.shop': 'v3' });
    await world.startRouter();
    const unbelieved = seenBy(await world.get('/', claims));
    expect(unbelieved).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'router.internal',
      'x-forwarded-proto': 'http',
      baggage: 'kf-dep=shop-v1,kf-ve=dev',
    });
    for (const name of ['x-forwarded-port', 'x-real-ip', 'forwarded'])
      expect([name, unbelieved[name]]).toEqual([name, undefined]);

    world.putSettings({ trustedProxies: ['127.0.0.0/8'] });
    const proto = async () => seenBy(await world.get('/', claims))['x-forwarded-proto'];
    await until('the proxy is believed', async () => (await proto()) === 'https');
    const believed = seenBy(await world.get('/', claims));
    expect(believed).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-host': 'a.example.com',
      'x-forwarded-port': '443',
      'x-real-ip': '203.0.113.9',
      host: 'router.internal',
    });
    expect(believed['baggage']).toContain('kf-ve=team-a');
    expect(believed['forwarded']).toBeUndefined();

    world.api.delete('configmaps', 'fox-router');
    await until('nobody is believed', async () => (await proto()) === 'http');
  });

  test('settings that can’t be read leave those before in force', async () => {
    await shop();
    world.putSettings({ trustedProxies: ['127.0.0.1'] });
    await world.startRouter();
    const object = world.api.get('configmaps', 'fox-router');
    if (object === undefined) throw new Error('no settings');
    world.api.put('configmaps', { ...object, data: { settings: '{"trustedProxies":["everybody"]}' } });
    await until('that is said', () =>
      world.log.some((line) => line.includes('trustedProxies are not readable')),
    );
    expect(seenBy(await world.get('/', claims))['x-forwarded-proto']).toBe('https');
  });

  test('what a component passes on is kept on its way to the next one', async () => {
    const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'], calls: ['api'] }, api: {} });
    world.putEnvironment('dev', {}, true);
    const pods = await world.runVersion(manifest, 'dev', { api: echo('api') });
    world.putVersion(manifest, ['dev']);
    world.putReleases({ 'dev.shop': 'v1' });
    await world.startRouter();
    const base = `http://127.0.0.1:${pods.get('ui')?.callPorts['api'] ?? 0}`;
    const inside = { ...claims, host: 'api', forwarded: 'for=203.0.113.9' };
    expect(seenBy(await world.get('/', inside, base))).toMatchObject({
      'x-forwarded-for': '198.51.100.7, 203.0.113.9, 127.0.0.1',
      'x-forwarded-host': 'a.example.com',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      forwarded: 'for=203.0.113.9',
      host: 'api',
    });
  });
});

describe('internal networks', () => {
  test('may ask for what is closed, from the moment on in which they are named', async () => {
    await shop();
    await closedOnes();
    await world.startRouter();
    const status = async (headers = {}) => (await world.get('/hidden-a?kf-ve=team-a', headers)).status;
    expect(await status()).toBe(403);
    world.putSettings({ internalNetworks: ['127.0.0.0/8'] });
    await until('they may', async () => (await status()) === 200);
    expect((await world.get('/hidden-b?kf-ve=team-b&kf-dep=secret-b')).status).toBe(200);
    // They are told everything, as where nothing is closed.
    const unknown = await world.get('/?kf-ve=team-x');
    expect([unknown.status, unknown.body]).toEqual([404, expect.stringContaining('did you mean')]);
    expect((await world.get('/?kf-dep=secret-x')).body).toContain('shop-secret-a');
    world.putSettings({ internalNetworks: ['10.0.0.0/8'] });
    await until('they may no longer', async () => (await status()) === 403);
  });

  test('are known through trusted proxies: what counts is the client, never what it says of itself', async () => {
    await shop();
    await closedOnes();
    world.putSettings({ trustedProxies: ['127.0.0.1'], internalNetworks: ['10.0.0.0/8', '127.0.0.1'] });
    await world.startRouter();
    const status = async (forwardedFor?: string) => {
      const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
      return (await world.get('/hidden-a?kf-ve=team-a', headers)).status;
    };
    expect(await status('10.1.2.3')).toBe(200);
    expect(await status('203.0.113.9, 10.1.2.3')).toBe(200);
    expect(await status('10.1.2.3, 203.0.113.9')).toBe(403);
    // A proxy that doesn't say whom it speaks for may speak for anybody.
    expect(await status()).toBe(403);
    expect(await status('unknown')).toBe(403);
  });

  test('a forwarded port of a pod counts as inside, unless a proxy sits there', async () => {
    await shop();
    await closedOnes();
    const { url } = await startRouterPod(world);
    const status = async (headers = {}) => (await world.get('/hidden-a?kf-ve=team-a', headers, url)).status;
    await until('the pod is ready', async () => (await world.get('/', {}, url)).status === 200);
    expect(await status()).toBe(200);
    world.putSettings({ trustedProxies: ['127.0.0.1'] });
    await until('the proxy is known', async () => (await status()) === 403);
    expect(await status({ 'x-forwarded-for': '127.0.0.1' })).toBe(403);
  });
});

function sign(environment: string, deployment: string, expiresAt = inAnHour): string {
  return encodeURIComponent(signLink({ environment, deployment }, linkKey, expiresAt));
}

/** Nothing of what is closed is named, nor what could be typed to find out. */
function expectSilence({ body, headers }: Answer): void {
  const said = body + JSON.stringify(headers);
  expect(said).not.toMatch(/secret-|team-|hidden-|empty|fox (env|deploy|release|open)|did you/);
}

describe('outsiders, where anything is closed', () => {
  test('can’t tell a closed environment from one that doesn’t exist', async () => {
    await shop();
    await closedOnes();
    await world.startRouter();
    const forged = sign('team-b', 'secret-b').replace(/^\d+/, '99999999999');
    const answers = await Promise.all(
      [
        '/?kf-ve=nowhere',
        '/?kf-ve=team-a',
        '/?kf-ve=team-b',
        '/?kf-ve=empty',
        '/?kf-ve=team-c',
        '/?kf-ve=nowhere&kf-dep=v1',
        '/?kf-ve=team-a&kf-dep=secret-a',
        '/?kf-ve=team-a&kf-dep=nothing',
        '/hidden-a?kf-ve=team-a',
        '/?kf-ve=team-b&kf-dep=secret-b&kf-sig=x',
        `/?kf-ve=team-b&kf-dep=secret-b&kf-sig=${forged}`,
        `/?kf-ve=team-b&kf-dep=secret-b&kf-sig=${sign('team-b', 'secret-b', 1_000)}`,
        `/?kf-ve=nowhere&kf-dep=secret-b&kf-sig=${sign('nowhere', 'secret-b')}`,
        `/?kf-ve=team-a&kf-dep=secret-a&kf-sig=${sign('team-a', 'secret-a')}`,
      ].map(async (path) => world.get(path)),
    );
    for (const host of ['a.example.com', 'b.example.com', 'empty.example.com'])
      answers.push(await world.get('/?kf-dep=secret-a', { host }), await world.get('/?kf-dep=v9', { host }));
    // Nor do browsers keep anything of it.
    const navigation = {
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'sec-fetch-site': 'none',
    };
    for (const path of ['/?kf-ve=nowhere', '/?kf-ve=team-a', '/?kf-ve=team-a&kf-dep=secret-a'])
      answers.push(await world.get(path, navigation));
    const [first] = answers;
    if (first === undefined) throw new Error('no answer');
    expect(first.status).toBe(403);
    expectSilence(first);
    for (const answer of answers) expect(faceOf(answer)).toEqual(faceOf(first));
  });

  test('can’t tell a version that runs in a closed one from one that doesn’t exist', async () => {
    await shop();
    await closedOnes();
    await world.startRouter();
    expect((await world.get('/?kf-dep=v2')).status).toBe(200);
    const names = ['v9', 'secret-a', 'secret-b', 'shop-secret-a', 'secret-c'];
    const answers = await Promise.all(
      names.flatMap((name) => [world.get(`/?kf-dep=${name}`), world.get(`/?kf-ve=dev&kf-dep=${name}`)]),
    );
    const [first] = answers;
    if (first === undefined) throw new Error('no answer');
    expect(first.status).toBe(404);
    expectSilence(first);
    for (const answer of answers) expect(faceOf(answer)).toEqual(faceOf(first));
  });

  test('get plain answers in closed ones, and no names where there is none', async () => {
    await shop();
    await closedOnes();
    await world.startRouter();
    expect((await world.get('/hidden-a', { host: 'a.example.com' })).status).toBe(200);
    const unrouted = await world.get('/elsewhere', { host: 'a.example.com' });
    const empty = await world.get('/', { host: 'empty.example.com' });
    expect([unrouted.status, empty.status]).toEqual([404, 404]);
    for (const answer of [unrouted, empty]) expectSilence(answer);
    // Nor does whoever has a link to one version learn of the others.
    const path = `/elsewhere?kf-ve=team-b&kf-dep=secret-b&kf-sig=${sign('team-b', 'secret-b')}`;
    const linked = await world.get(path);
    expect(linked.status).toBe(404);
    expectSilence(linked);
  });

  test('are told of failing pods there without their names', async () => {
    await shop();
    world.putDefinition({ name: 'team-a', access: 'internal', hosts: ['a.example.com'], vars: {} });
    const manifest = manifestOf('secret-a', { 'secret-ui': { source: 'x', rules: ['PathPrefix(`/`)'] } });
    const [pod] = (await world.runVersion(manifest, 'team-a')).values();
    world.putVersion(manifest, ['team-a']);
    world.putReleases({ 'dev.shop': 'v1', 'team-a.shop': 'secret-a' });
    await world.startRouter({ comingUp: 10, unseen: 10 });
    world.changePod(pod?.name ?? '', { isReady: false });
    const answer = await until('the pod is not ready', async () => {
      const found = await world.get('/', { host: 'a.example.com' });
      return found.status === 503 ? found : undefined;
    });
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.body).not.toContain('secret');
  });

  test('whose browser has kept a name can’t tell, either', async () => {
    await shop();
    await closedOnes();
    await world.startRouter();
    const within = {
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'sec-fetch-site': 'same-origin',
    };
    const answerTo = async (cookie: string) => {
      const { body, headers, status } = await world.get('/', { ...within, cookie });
      return { status, version: (JSON.parse(body) as { name: string }).name, cookies: headers['set-cookie'] };
    };
    const unknown = await answerTo('kf-ve=nowhere');
    expect(unknown).toMatchObject({ status: 200, version: 'v1' });
    expect(await answerTo('kf-ve=team-a')).toEqual(unknown);
    const unknownVersion = await answerTo('kf-dep.dev=shop-v9');
    expect(await answerTo('kf-dep.dev=shop-secret-a')).toEqual(unknownVersion);
  });

  test('may ask for what is open', async () => {
    await shop();
    await closedOnes();
    await world.startRouter();
    expect((await world.get('/?kf-ve=dev&kf-dep=v2')).status).toBe(200);
    const linked = `/hidden-b?kf-ve=team-b&kf-dep=secret-b&kf-sig=${sign('team-b', 'secret-b')}`;
    expect((await world.get(linked)).status).toBe(200);
  });
});

test('where all is open, whoever asks is told what there is', async () => {
  await shop();
  await world.startRouter();
  const unknown = await world.get('/?kf-ve=dov');
  expect([unknown.status, unknown.body]).toEqual([404, expect.stringContaining('did you mean \\"dev\\"')]);
  expect((await world.get('/?kf-dep=v9')).body).toContain('shop-v1, shop-v2');
});
