// fox route list and fox route explain: what they say is what happens, with the cluster running and stopped.
import { request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallExplainResult } from '../../src/actions/route/call-result.ts';
import type { RouteExplainResult } from '../../src/actions/route/explain-result.ts';
import type { RouteListResult } from '../../src/actions/route/list.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { flaws } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { serverOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let edge: URL;

async function configure(apiRelease: string): Promise<void> {
  await app.write('web/server.js', serverOf('web'));
  await app.write('api/server.js', serverOf(apiRelease));
  await app.configure({
    web: {
      routes: [
        'PathPrefix(`/`)',
        { rule: 'Path(`/items/{id}`) && Method(`POST`)', timeout: '5s', maxBody: '1KiB' },
      ],
      calls: ['api'],
      forwardsContext: true,
      env: { GREETING: { bind: 'request', default: 'Hello' } },
    },
    api: { routes: ['PathPrefix(`/items`)'] },
  });
  await app.commit(apiRelease);
}

beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await configure('first');
  await app.json('deploy', 'v1');
  await configure('second');
  await app.json('deploy', 'v2');
  await app.json('release', 'v1');
  edge = new URL((await app.json<StatusResult>('status')).router.url ?? '');
});
afterAll(async () => sandbox.remove(app.cwd));

async function explain(...args: string[]): Promise<RouteExplainResult> {
  return app.json<RouteExplainResult>('route', 'explain', ...args);
}

/** Status, and which component of which version answers. */
async function answer(method: string, path: string): Promise<readonly unknown[]> {
  const outgoing = request(new URL(path, edge), { method });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  await text(response);
  return [response.statusCode, response.headers['fox-component'], response.headers['fox-version']];
}

describe('fox route', { shuffle: false }, () => {
  it('list: routes of what is released, in the order in which they are asked', async () => {
    const { items, environment } = await app.json<RouteListResult>('route', 'list');
    expect(environment).toBe('default');
    expect(items.map(({ rule, component, version }) => [rule, component, version])).toEqual([
      ['Path(`/items/{id}`) && Method(`POST`)', 'web', 'v1'],
      ['PathPrefix(`/items`)', 'api', 'v1'],
      ['PathPrefix(`/`)', 'web', 'v1'],
    ]);
    expect(items[0]).toMatchObject({ index: 1, timeout: 5_000, maxBody: 1_024, released: true, ties: [] });
    const { stdout } = await app.fox('route', 'list', 'v2');
    expect(stdout).toMatch(/^RULE +COMPONENT +VERSION +TIMEOUT +MAX BODY$/m);
    expect(stdout).toMatch(/^PathPrefix\(`\/items`\) +api +v2 \(not released\) +- +-$/m);
  });

  it.each([
    ['GET', '/items/7'],
    ['POST', '/items/7'],
    ['GET', '/items/7?kf-dep=v2'],
    ['GET', '/?kf-dep=v3'],
    ['GET', '/?kf-ve=team'],
    ['TRACE', '/'],
  ])('explain: %s %s ends where it says', async (method, path) => {
    const { destination, problem } = await explain(path, '-X', method);
    expect([problem?.status ?? 200, destination?.component, destination?.version]).toEqual(
      await answer(method, path),
    );
  });

  it('explain: says by what it was decided, what runs there, and what holds', async () => {
    const explained = await explain('/items/7?kf-dep=v1', '-X', 'POST', '-H', 'kf-dep:v2');
    expect(explained).toMatchObject({
      request: { method: 'POST', target: '/items/7?kf-dep=v1', host: edge.host },
      environment: { name: 'default', by: 'default', others: [] },
      version: {
        by: 'selector',
        asked: [{ app: 'shop', name: 'v1' }],
        released: [{ app: 'shop', name: 'v1' }],
      },
      destination: {
        target: '/items/7',
        workload: { sharedWith: ['v2'], pods: { ready: 1, total: 1 } },
        limits: { timeout: 5_000, maxBody: 1_024 },
        headers: { baggage: 'kf-dep=shop-v1,kf-ve=default', variables: ['GREETING'], params: { id: '7' } },
      },
    });
    expect(explained.routes.map(({ component, matches }) => [component, matches])).toEqual([
      ['web', true],
      ['api', true],
      ['web', true],
    ]);
    const { stdout } = await app.fox('route', 'explain', '/items/7?kf-dep=v1', '-H', 'kf-dep:v2');
    expect(stdout).toContain('header kf-dep = v2 says nothing: the one before counts more');
    expect(stdout).toContain('not Path(`/items/{id}`) && Method(`POST`) of web: Method(`POST`) doesn');
  });

  it('explain: a call leads to the version of its context, and without one nowhere that is guessed', async () => {
    const { caller, hops } = await app.json<CallExplainResult>(
      'route',
      'explain',
      '--from',
      'web@v2',
      '--to',
      'api',
    );
    expect(caller).toMatchObject({
      version: 'v2',
      forwardsContext: true,
      pairs: ['shop-v1 in default', 'shop-v2 in default'],
    });
    expect(
      hops.map(({ baggage, destination, problem }) => [baggage, destination?.version, problem?.type]),
    ).toEqual([
      ['kf-dep=shop-v2,kf-ve=default', 'v2', undefined],
      [undefined, undefined, 'context-lost'],
    ]);
    const [other] = (
      await app.json<CallExplainResult>(
        'route',
        'explain',
        '--from=web@v2',
        '--to=api',
        '--header=baggage:kf-dep=shop-v1,kf-ve=default',
      )
    ).hops;
    expect(other?.destination?.version).toBe('v1');
  });

  it.each([
    [['explain', 'items'], 'is neither a URL nor a path', '`fox route explain /items`'],
    [['explain'], 'nothing is named', '`fox route explain /`'],
    [['explain', '/', '--version', 'v7'], 'there is no version "v7"', 'Deployed: v1, v2'],
    [['explain', '/', '-e', 'defualt'], 'no virtual environment "defualt"', 'Did you mean `default`?'],
    [['explain', '--from', 'wbe', '--to', 'api'], 'has no component "wbe"', 'Did you mean `web`?'],
    [['explain', '--from', 'web'], 'a call has --from and --to', 'fox route explain --from'],
    [['list', 'v7'], 'there is no version "v7" of shop', 'Deployed: v1, v2'],
    [['list', '-e', 'defualt'], 'no virtual environment "defualt"', 'Did you mean `default`?'],
  ])('%j is refused with what was meant', async (words, message, hint) => {
    expect(flaws(await app.fox('route', ...words), 2, message, hint)).toEqual([]);
  });

  it('both read the disk of a stopped cluster, and say that nothing is ready', async () => {
    await app.fox('cluster', 'stop');
    const { destination, cluster } = await explain('/items/7');
    expect(destination).toMatchObject({ component: 'api', version: 'v1', workload: { pods: { ready: 0 } } });
    expect(cluster.state).toBe('stopped');
    expect((await app.fox('route', 'explain', '/')).stdout).toContain('the embedded cluster is stopped');
    expect((await app.json<RouteListResult>('route', 'list')).items).toHaveLength(3);
    expect((await app.json<StatusResult>('status')).cluster.state).toBe('stopped');
  });
});
