// Settings of the embedded cluster's router: written with the next change, in force at once, and told of where they differ.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenResult } from '../../src/actions/open.ts';
import { Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

const component = { routes: ['PathPrefix(`/`)'] };
const server = `require('http')
  .createServer((request, response) => response.end(JSON.stringify(request.headers)))
  .listen(process.env.PORT);
`;

let sandbox: Sandbox;
let app: SmallApp;
let edge = '';
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await app.write('web/server.js', server);
  await configure({ trustedProxies: ['127.0.0.1'], accessLog: false });
  await app.commit('first');
  await app.json('deploy', 'v1');
  await app.json('release', 'v1', '--yes');
  ({ url: edge } = await app.json<OpenResult>('open'));
});
afterAll(async () => sandbox.remove(app.cwd));

/** The config, as it stands in the work tree: settings of the place need no commit. */
async function configure(router: object): Promise<void> {
  await app.configure({ web: component }, { router });
}

/** What the component is told of a request that claims to have come by https. */
async function protocol(): Promise<unknown> {
  const response = await fetch(edge, { headers: { 'x-forwarded-proto': 'https' } });
  return ((await response.json()) as Record<string, unknown>)['x-forwarded-proto'];
}

async function requestsLogged(): Promise<Record<string, unknown>[]> {
  const log = await readFile(sandbox.path(app.cwd, '.fox/cluster/router.log'), 'utf8');
  return log
    .split('\n')
    .filter((line) => line.includes('"event":"request"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function requestOfMine(): Promise<unknown> {
  return (await requestsLogged()).find(({ requestId }) => requestId === 'mine');
}

describe('router settings', { shuffle: false }, () => {
  it('are those of the config from the first deploy on', async () => {
    expect(await protocol()).toBe('https');
    const { stderr } = await app.fox('status');
    expect(stderr).not.toContain('settings');
    expect(await requestsLogged()).toEqual([]);
  });

  it('that were changed are told of, and written with the next change', async () => {
    await configure({});
    const { stderr } = await app.fox('status');
    expect(stderr).toContain("the routers go by other settings than the config's");
    const doctor = await app.fox('doctor');
    expect(doctor.stdout).toContain('trustedProxies: 127.0.0.1, and none in the config');
    expect(await protocol()).toBe('https');
    await app.json('env', 'set', '-e', 'team-a', '--create', 'THEME=dark');
    await expect.poll(protocol, { timeout: 10_000 }).toBe('http');
    expect((await app.fox('status')).stderr).not.toContain('settings');
  });

  it('requests are logged where nothing else is said', async () => {
    await fetch(`${edge}?kf-dep=v1&password=secret`, { headers: { 'x-request-id': 'mine' } });
    await expect.poll(requestOfMine, { timeout: 10_000 }).toMatchObject({
      side: 'edge',
      method: 'GET',
      path: '/',
      status: 200,
      app: 'shop',
      version: 'v1',
      environment: 'default',
      component: 'web',
      route: 'PathPrefix(`/`)',
      attempts: 1,
      end: 'complete',
    });
    expect(JSON.stringify(await requestOfMine())).not.toContain('secret');
  });

  it('that mean nothing are refused, with what they must be', async () => {
    await configure({ trustedProxies: ['proxy.example.com'] });
    const { code, stderr } = await app.fox('deploy', 'v1');
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('router.trustedProxies.0: must be an address or a network, such as 192.0.2.1'),
    ]);
  });
});
