// Browsers in front of a router: what they have selected sticks, ends where they leave, and mixes nothing.
import { generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EnvironmentDefinition } from '../../src/core/environments/environment-definition.ts';
import { release, type ReleaseRecord, rollback } from '../../src/core/release.ts';
import { accessKeyOf, signLink } from '../../src/core/routing/signed-link.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { Browser } from './browser-stand-in.ts';
import { type Answer, until, World } from './router-world.ts';

let world: World;
const seen: IncomingMessage[] = [];
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => {
  seen.length = 0;
  await world.end();
});

/** A site: `/redirect…` leads on, `/cached…` may be kept by everybody, all else is a page that says its version. */
function site(version: string): RequestListener {
  return (incoming, response) => {
    seen.push(incoming);
    const [path = ''] = (incoming.url ?? '').split('?');
    if (path === '/redirect') response.writeHead(302, { location: '/landed?x=1' });
    else if (path === '/submit') response.writeHead(303, { location: '/landed' });
    else if (path === '/cached.js')
      response.writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'public, max-age=60' });
    else if (path.endsWith('.js')) response.writeHead(200, { 'content-type': 'text/javascript' });
    else
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'set-cookie': ['own=1; Path=/'],
        'fox-version': 'v9',
      });
    response.end(version);
  };
}

/** v1, which is released, and v2, in all of these environments; the first is the default. */
async function shop(...environments: Omit<EnvironmentDefinition, 'vars'>[]): Promise<void> {
  const all = environments.length === 0 ? [{ name: 'dev' }] : environments;
  for (const [index, each] of all.entries()) world.putDefinition({ ...each, vars: {} }, index === 0);
  const names = all.map(({ name }) => name);
  for (const version of ['v1', 'v2']) {
    const manifest = manifestOf(version, { ui: { source: version, rules: ['PathPrefix(`/`)'] } });
    await world.runVersion(manifest, names[0] ?? '', { ui: site(version) });
    world.putVersion(manifest, names);
  }
  world.putReleases(Object.fromEntries(names.map((name) => [`${name}.shop`, 'v1'])));
  await world.startRouter();
}

async function bodyOf(answer: Promise<Answer>): Promise<string> {
  const { status, body } = await answer;
  return status === 200 ? body : `${status}: ${body}`;
}

describe.each([
  ['with fetch metadata', 'localhost', true],
  ['without', 'shop.test', false],
])('a selection %s', (_, host, tellsMetadata) => {
  test('sticks to what the page asks for, and to links and forms', async () => {
    await shop();
    const browser = new Browser(world, host, tellsMetadata);
    expect(await bodyOf(browser.ask('typed', '/?kf-dep=v2'))).toBe('v2');
    expect(browser.cookies).toEqual(['kf-dep.dev=v2 /', 'own=1 /']);
    for (const reason of ['script', 'style', 'image', 'font', 'call', 'link', 'script'] as const)
      expect(await bodyOf(browser.ask(reason, '/a'))).toBe('v2');
    expect(await bodyOf(browser.ask('form', '/submit', { follow: true }))).toBe('v2');
    // Fox's cookies are none of the component's business.
    expect(new Set(seen.slice(1).map(({ headers }) => headers.cookie))).toEqual(new Set(['own=1']));
  });

  test('ends with a plain URL that is typed, for good', async () => {
    await shop();
    const browser = new Browser(world, host, tellsMetadata);
    await browser.ask('typed', '/?kf-dep=v2');
    expect(await bodyOf(browser.ask('typed', '/'))).toBe('v1');
    expect(browser.cookies).toEqual(['own=1 /']);
    for (const reason of ['script', 'call', 'link'] as const)
      expect(await bodyOf(browser.ask(reason, '/a'))).toBe('v1');
  });

  test('goes along with redirects, which count as typed if the URL was', async () => {
    await shop();
    const browser = new Browser(world, host, tellsMetadata);
    expect(await bodyOf(browser.ask('typed', '/redirect?kf-dep=v2', { follow: true }))).toBe('v2');
    expect(seen.at(-1)?.url).toBe('/landed?x=1');
    expect(await bodyOf(browser.ask('call', '/a'))).toBe('v2');
  });

  test('does not stick where that is switched off, but goes along with redirects', async () => {
    await shop({ name: 'dev', sticky: false });
    const browser = new Browser(world, host, tellsMetadata);
    expect(await bodyOf(browser.ask('typed', '/redirect?kf-dep=v2', { follow: true }))).toBe('v2');
    expect(browser.cookies).toEqual(['own=1 /']);
    expect(await bodyOf(browser.ask('call', '/a'))).toBe('v1');
  });
});

test('the last navigation counts in all tabs', async () => {
  await shop();
  const browser = new Browser(world);
  await browser.ask('typed', '/?kf-dep=v2');
  await browser.ask('link', '/?kf-dep=v1');
  expect(await bodyOf(browser.ask('script', '/app.js'))).toBe('v1');
});

test('programs that say nothing of themselves keep what a page was selected by, and nothing else', async () => {
  await shop();
  const page = await world.get('/?kf-dep=v2');
  expect(page.headers['set-cookie']).toEqual([
    'own=1; Path=/',
    'kf-dep.dev=v2; Path=/; HttpOnly; SameSite=Lax',
  ]);
  const script = await world.get('/app.js?kf-dep=v2');
  expect(script.headers['set-cookie']).toBeUndefined();
});

test('who selects by headers does so with every request: nothing is kept, which would only disturb others', async () => {
  await shop();
  const browser = new Browser(world);
  for (const headers of [{ 'kf-dep': 'v2' }, { 'kubefox-app-deployment': 'v2' }])
    expect(await bodyOf(browser.ask('typed', '/?kf-dep=v2', { headers }))).toBe('v2');
  expect(browser.cookies).toEqual(['kf-dep.dev=v2 /', 'own=1 /']);
  const other = new Browser(world);
  expect(await bodyOf(other.ask('typed', '/', { headers: { 'kf-dep': 'v2' } }))).toBe('v2');
  expect(
    await bodyOf(other.ask('typed', '/?kf-dep=v1', { headers: { 'kubefox-app-deployment': 'v2' } })),
  ).toBe('v2');
  expect(other.cookies).toEqual(['own=1 /']);
});

describe('an environment', () => {
  test('that was selected sticks with its version', async () => {
    await shop({ name: 'dev' }, { name: 'team' });
    const browser = new Browser(world);
    const { headers } = await browser.ask('typed', '/?kf-ve=team&kf-dep=v2');
    expect(headers['fox-virtual-env']).toBe('team');
    expect(browser.cookies).toEqual(['kf-dep.team=v2 /', 'kf-ve=team /', 'own=1 /']);
    const { headers: later, body } = await browser.ask('call', '/a');
    expect([later['fox-virtual-env'], body]).toEqual(['team', 'v2']);
    await browser.ask('typed', '/');
    expect(browser.cookies).toEqual(['own=1 /']);
  });

  test('with a sub-path keeps redirects and cookies below it, and its selections apart', async () => {
    await shop({ name: 'dev' }, { name: 'team', subPath: 'team' });
    const browser = new Browser(world);
    expect(await bodyOf(browser.ask('typed', '/team/redirect?kf-dep=v2', { follow: true }))).toBe('v2');
    expect(seen.at(-1)?.headers['x-forwarded-prefix']).toBe('/team');
    expect(seen.at(-1)?.url).toBe('/landed?x=1');
    expect(browser.cookies).toEqual(['kf-dep.team=v2 /team', 'own=1 /team']);
    expect(await bodyOf(browser.ask('script', '/team/app.js'))).toBe('v2');
    expect(await bodyOf(browser.ask('script', '/app.js'))).toBe('v1');
    expect(await bodyOf(browser.ask('typed', '/'))).toBe('v1');
    expect(await bodyOf(browser.ask('call', '/team/a'))).toBe('v2');
    expect(await bodyOf(browser.ask('typed', '/team/'))).toBe('v1');
    expect(browser.cookies).toEqual(['own=1 /', 'own=1 /team']);
  });

  test('for signed links is kept with the signature, and only with it', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const linkKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await shop({ name: 'dev' }, { name: 'team', access: 'signed', accessKey: accessKeyOf(linkKey) });
    const link = { environment: 'team', deployment: 'v2' };
    const proof = signLink(link, linkKey, Date.now() + 3_600_000);
    const browser = new Browser(world);
    const { headers } = await browser.ask('typed', `/?kf-ve=team&kf-dep=v2&kf-sig=${proof}`);
    expect(browser.cookies).toEqual([
      `kf-dep.team=v2 /`,
      `kf-sig.team=${proof} /`,
      'kf-ve=team /',
      'own=1 /',
    ]);
    expect(headers['cache-control']).toBe('private');
    expect(await bodyOf(browser.ask('call', '/a'))).toBe('v2');
    expect(seen.at(-1)?.headers.cookie).toBe('own=1');

    const forged = { cookie: 'kf-ve=team; kf-dep.team=v2' };
    const { body, headers: without } = await world.get('/', forged);
    expect(body).toBe('v1');
    expect(without['fox-virtual-env']).toBe('dev');
    const expired = signLink(link, linkKey, Date.now() - 1_000);
    const late = await world.get('/', { cookie: `${forged.cookie}; kf-sig.team=${expired}` });
    expect(late.body).toBe('v1');
    expect(late.headers['set-cookie']).toContain('kf-sig.team=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax');
  });
});

test('a version that is gone is forgotten, and what is released answers', async () => {
  await shop();
  const browser = new Browser(world);
  await browser.ask('typed', '/?kf-dep=v2');
  world.api.delete('configmaps', 'shop-version-v2');
  await until('v2 is gone', async () => (await world.get('/?kf-dep=v2')).status === 404);
  expect(await bodyOf(browser.ask('call', '/a'))).toBe('v1');
  expect(browser.cookies).toEqual(['own=1 /']);
});

test('cookies go by https only where the request has come by it, as a trusted proxy says', async () => {
  world.putSettings({ trustedProxies: ['127.0.0.1'] });
  await shop();
  const cookieOf = async (proto: string) =>
    [(await world.get('/?kf-dep=v2', { 'x-forwarded-proto': proto })).headers['set-cookie'] ?? []].flat()[1];
  expect(await cookieOf('https')).toMatch(/^kf-dep\.dev=v2; .*; Secure$/);
  expect(await cookieOf('http')).not.toMatch(/Secure/);
});

async function cachingOf(path: string, headers: Record<string, string> = {}): Promise<unknown[]> {
  const answer = await world.get(path, headers);
  return [answer.body, answer.headers['cache-control'], answer.headers['vary']];
}

test('what more than the URL has chosen is kept by nobody else', async () => {
  await shop();
  expect(await cachingOf('/cached.js')).toEqual(['v1', 'public, max-age=60', undefined]);
  expect(await cachingOf('/cached.js?kf-dep=v2')).toEqual(['v2', 'public, max-age=60', undefined]);
  expect(await cachingOf('/cached.js', { 'kf-dep': 'v2' })).toEqual(['v2', 'max-age=60, private', 'kf-dep']);
  expect(await cachingOf('/cached.js', { cookie: 'kf-dep.dev=v2' })).toEqual([
    'v2',
    'max-age=60, private',
    'cookie',
  ]);
});

const minute = 60_000;
const ask = (at: number) => ({ id: String(at), by: 'tester', reason: '', at: new Date(at).toISOString() });
const target = (version: string) => ({ version, manifestDigest: version });

/** v1 was released, and then v2, so many minutes ago. */
function succession(ago: number): ReleaseRecord {
  const now = Date.now();
  const first = release(undefined, target('v1'), ask(now - 100 * minute));
  return release(first, target('v2'), ask(now - ago * minute));
}

function putRecord(record: ReleaseRecord): void {
  world.putReleases({}, { 'dev.shop': JSON.stringify(record) });
}

async function openPage(skewProtection: string): Promise<Browser> {
  await shop({ name: 'dev', skewProtection });
  const browser = new Browser(world);
  expect(await bodyOf(browser.ask('typed', '/'))).toBe('v1');
  return browser;
}

const versionIs = (version: string) =>
  until(`${version} is released`, async () => (await world.get('/')).body === version);

describe('pages', () => {
  test('get their assets from their own version for a while, and all else from what is released', async () => {
    const browser = await openPage('30m');
    expect(browser.cookies).toEqual(['kf-page.dev=shop-v1 /', 'own=1 /']);
    putRecord(succession(29));
    await versionIs('v2');
    for (const reason of ['script', 'style', 'image', 'font'] as const)
      expect(await bodyOf(browser.ask(reason, '/a'))).toBe('v1');
    const { headers } = await browser.ask('script', '/cached.js');
    expect([headers['cache-control'], headers['vary']]).toEqual(['max-age=60, private', 'cookie']);
    expect(await bodyOf(browser.ask('call', '/a'))).toBe('v2');
    expect(await bodyOf(browser.ask('form', '/'))).toBe('v2');
    expect(browser.cookies).toContain('kf-page.dev=shop-v2 /');
    expect(await bodyOf(browser.ask('script', '/a'))).toBe('v2');
  });

  test('do so no longer than that', async () => {
    const browser = await openPage('30m');
    putRecord(succession(30));
    await versionIs('v2');
    expect(await bodyOf(browser.ask('script', '/a'))).toBe('v2');
  });

  test('of a version that was rolled back do not', async () => {
    const browser = await openPage('30m');
    const second = succession(1);
    putRecord(second);
    await versionIs('v2');
    await browser.ask('link', '/');
    const back = { digestOf: (version: string) => version, hasConfiguration: () => true };
    putRecord(rollback(second, back, ask(Date.now())));
    await versionIs('v1');
    expect(browser.cookies).toContain('kf-page.dev=shop-v2 /');
    expect(await bodyOf(browser.ask('script', '/a'))).toBe('v1');
  });

  test('are not protected unless the environment says so', async () => {
    const browser = await openPage('off');
    expect(browser.cookies).toEqual(['own=1 /']);
    putRecord(succession(1));
    await versionIs('v2');
    const { body, headers } = await world.get('/a', {
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'script',
      cookie: 'kf-page.dev=shop-v1',
    });
    expect(body).toBe('v2');
    expect(headers['set-cookie']).toContain('kf-page.dev=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax');
  });
});

async function toldBy(): Promise<unknown[]> {
  const { headers } = await world.get('/');
  return [headers['fox-version'], headers['fox-virtual-env'], headers['fox-component']];
}

describe('what answers is told', () => {
  const nothing = [undefined, undefined, undefined];
  const all = ['v1', 'dev', 'ui'];

  test.each([
    [{}, all],
    [{ policy: 'stable' }, nothing],
    [{ access: 'internal' }, nothing],
    [{ access: 'signed', responseHeaders: true }, all],
    [{ policy: 'stable', responseHeaders: true }, all],
    [{ policy: 'testing', responseHeaders: false }, nothing],
  ] as const)('where %j', async (says, expected) => {
    await shop({ name: 'dev', ...says });
    // The component says that it is v9, which nobody hears.
    expect(await toldBy()).toEqual(expected);
  });
});
