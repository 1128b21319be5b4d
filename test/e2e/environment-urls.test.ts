// URLs of virtual environments: by sub-path, by host, signed, and none where that is so wanted.
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { OpenResult } from '../../src/actions/open.ts';
import { flaws } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await app.release('first');
  await app.json('deploy', 'v1');
  for (const name of ['team-a', 'team-b']) {
    await app.json('release', 'v1', '-e', name, '--yes');
    // Closed ones say nothing of themselves by default.
    await app.json('env', 'set', name, '--response-headers');
  }
});
afterAll(async () => sandbox.remove(app.cwd));

async function urlOf(...args: string[]): Promise<string> {
  return (await app.json<OpenResult>('open', ...args)).url;
}

/** What answers at a URL: status and virtual environment. *.localhost is this machine, whatever its resolver knows. */
async function answerOf(url: string): Promise<[number, string | undefined]> {
  const { hostname, host, port, pathname, search } = new URL(url);
  const outgoing = request({
    host: hostname.endsWith('.localhost') ? '127.0.0.1' : hostname,
    port,
    path: `${pathname}${search}`,
    headers: { host },
  });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  await text(response);
  return [response.statusCode ?? 0, response.headers['fox-virtual-env'] as string | undefined];
}

describe('fox open', { shuffle: false }, () => {
  it('an open environment is selected by name', async () => {
    const url = await urlOf('-e', 'team-a');
    expect(new URL(url).search).toBe('?kf-ve=team-a');
    expect(await answerOf(url)).toEqual([200, 'team-a']);
  });

  it('signs what must be signed, for as long as it is asked to', async () => {
    await app.json('env', 'set', '-e', 'team-a', '--access', 'signed');
    const url = await urlOf('v1', '-e', 'team-a', '--expires', '2h');
    expect(await answerOf(url)).toEqual([200, 'team-a']);
    const signature = new URL(url).searchParams.get('kf-sig') ?? '';
    const left = Number(signature.split('.')[0]) * 1_000 - Date.now();
    expect(left).toBeGreaterThan(7_000_000);
    expect(left).toBeLessThanOrEqual(7_201_000);
    expect(await answerOf(url.replace(/&kf-sig=.*/, ''))).toEqual([403, undefined]);
    expect(await answerOf(url.replace('kf-dep=v1', 'kf-dep=shop-v1'))).toEqual([403, undefined]);
    const deployed = await app.json<DeployResult>('deploy', 'v1', '-e', 'team-a');
    expect(deployed.access).toBe('signed');
    expect(deployed).not.toHaveProperty('url');
    expect(
      flaws(await app.fox('open', 'v1', '-e', 'team-a', '--expires', 'soon'), 2, 'time to live'),
    ).toEqual([]);
  });

  it('the key stays where an environment is changed or applied anew', async () => {
    const url = await urlOf('v1', '-e', 'team-a');
    await app.json('env', 'set', '-e', 'team-a', 'THEME=dark');
    expect(await answerOf(url)).toEqual([200, 'team-a']);
  });

  it('what is released has a URL of its own where it is not open', async () => {
    const url = await urlOf('-e', 'team-a');
    expect(new URL(url).hostname).toBe('team-a.localhost');
    expect(await answerOf(url)).toEqual([200, 'team-a']);
    await app.json('env', 'set', '-e', 'team-a', '--sub-path', 'a-team');
    const below = await urlOf('-e', 'team-a');
    expect(new URL(below).pathname).toBe('/a-team/');
    expect(await answerOf(below)).toEqual([200, 'team-a']);
  });

  it('makes and signs a URL below an address that only the user knows', async () => {
    const base = 'https://shop.example.com';
    const url = new URL(await urlOf('v1', '-e', 'team-a', '--external-url', `${base}/`));
    expect(url.origin).toBe(base);
    const here = new URL(await urlOf('v1', '-e', 'team-a')).origin;
    expect(await answerOf(`${here}${url.pathname}${url.search}`)).toEqual([200, 'team-a']);
    expect(await urlOf('-e', 'team-a', '--external-url', base)).toBe(`${base}/a-team/`);
  });

  it('a version has the address of its environment, which then needs no name', async () => {
    await app.json(
      'env',
      'set',
      'team-c',
      '--create',
      '--response-headers',
      '--sub-path',
      'team-s',
      '--access',
      'signed',
    );
    await app.json('release', 'v1', '-e', 'team-c');
    const below = new URL(await urlOf('v1', '-e', 'team-c'));
    expect(below.pathname).toBe('/team-s/');
    expect([...below.searchParams.keys()]).toEqual(['kf-dep', 'kf-sig']);
    expect(await answerOf(below.href)).toEqual([200, 'team-c']);
    expect(await answerOf(below.href.replace(/&kf-sig=.*/, ''))).toEqual([403, undefined]);
    await app.json('env', 'set', 'team-c', '--host', 'hosted.localhost', '--access', 'open');
    const hosted = new URL(await urlOf('v1', '-e', 'team-c'));
    expect([hosted.hostname, hosted.pathname, hosted.search]).toEqual([
      'hosted.localhost',
      '/',
      '?kf-dep=v1',
    ]);
    expect(await answerOf(hosted.href)).toEqual([200, 'team-c']);
    expect(await urlOf('-e', 'team-c')).toBe(`${hosted.origin}/`);
    expect(await answerOf(`${hosted.origin}/`)).toEqual([200, 'team-c']);
  });

  it('an internal environment is named by no URL', async () => {
    await app.json('env', 'set', '-e', 'team-b', '--access', 'internal');
    expect(await answerOf(await urlOf('-e', 'team-b'))).toEqual([200, 'team-b']);
    const refused = await app.fox('open', 'v1', '-e', 'team-b');
    expect(flaws(refused, 5, 'its access is internal', '`fox env set -e team-b --access signed`')).toEqual(
      [],
    );
    const { origin } = new URL(await urlOf('-e', 'team-b'));
    expect(await answerOf(`${origin}/?kf-dep=v1`)).toEqual([403, undefined]);
  });
});
