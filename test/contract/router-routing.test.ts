// A router in front of real components: where requests go, and what reaches the component and the client.
import type { RequestListener } from 'node:http';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { type Answer, echo, type RunningPod, until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

interface Echo {
  readonly name: string;
  readonly url: string;
  readonly headers: Record<string, string | undefined>;
  readonly rawHeaders: string[];
  readonly body: string;
}

function echoOf(answer: Answer): Echo {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body) as Echo;
}

function problemOf(answer: Answer): Record<string, unknown> {
  expect(answer.headers['content-type']).toBe('application/problem+json');
  return JSON.parse(answer.body) as Record<string, unknown>;
}

/** Two versions of an app with one component; v1 is released in dev, the default. */
async function twoVersions(): Promise<void> {
  world.putEnvironment('dev', {}, true);
  world.putEnvironment('team', {});
  for (const version of ['v1', 'v2']) {
    const manifest = manifestOf(version, { ui: { source: version, rules: ['PathPrefix(`/`)'] } });
    await world.runVersion(manifest, 'dev', { ui: echo(`ui ${version}`) });
    world.putVersion(manifest, ['dev']);
  }
  world.putReleases({ 'dev.shop': 'v1' });
  await world.startRouter();
}

/** Whether HTTP is spoken at a port. */
async function isOpen(port: number): Promise<boolean> {
  return world.get('/', {}, `http://127.0.0.1:${port}`).then(
    () => true,
    () => false,
  );
}

async function untilOpen(port: number): Promise<void> {
  await until(`port ${port} is open`, async () => isOpen(port));
}

/** Says that it is another version, repeats a header, and keeps one for this connection only. */
const boastful: RequestListener = (_, response) => {
  response.writeHead(201, [
    'Fox-Version',
    'v9',
    'Set-Cookie',
    'a=1',
    'Set-Cookie',
    'b=2',
    'X-Own',
    'caf\u00e9',
    'Connection',
    'x-gone',
    'x-gone',
    '1',
  ]);
  response.end('made');
};

/** Calls `api` and answers with what it answered; passes the baggage on if told to. */
function calling(name: string, pods: Map<string, RunningPod>, forwards: boolean): RequestListener {
  async function call(baggage: string | string[] | undefined): Promise<Answer> {
    const headers = forwards && typeof baggage === 'string' ? { baggage } : {};
    const port = pods.get(name)?.callPorts['api'] ?? 0;
    return world.get('/from-ui?kf-dep=v9', headers, `http://127.0.0.1:${port}`);
  }
  return (incoming, response) => {
    const answer = call(incoming.headers['baggage']);
    void answer.then(({ status, headers, body }) =>
      response.writeHead(status, { 'content-type': String(headers['content-type']) }).end(body),
    );
  };
}

/** ui calls api, which differs between v1 and v2. With forwarding there is one ui for both, else one each. */
async function chain(forwards: boolean, passesOn = forwards): Promise<Map<string, RunningPod>> {
  world.putEnvironment('dev', {}, true);
  const pods = new Map<string, RunningPod>();
  for (const version of ['v1', 'v2']) {
    const manifest = manifestOf(version, {
      ui: { calls: ['api'], forwards, rules: ['PathPrefix(`/`)'] },
      api: { source: version },
    });
    world.putVersion(manifest, ['dev']);
    const isShared = forwards && version === 'v2';
    const name = `ui ${version}`;
    if (!isShared)
      pods.set(
        name,
        await world.runPod(manifest, 'dev', 'ui', (...exchange) =>
          calling(name, pods, passesOn)(...exchange),
        ),
      );
    pods.set(`api ${version}`, await world.runPod(manifest, 'dev', 'api', echo(`api ${version}`)));
  }
  await world.startRouter();
  for (const { callPorts } of pods.values())
    for (const port of Object.values(callPorts)) await untilOpen(port);
  return pods;
}

describe('from outside', () => {
  test('plain requests reach what is released, selected ones what they select', async () => {
    await twoVersions();
    expect(echoOf(await world.get('/')).name).toBe('ui v1');
    expect(echoOf(await world.get('/?kf-dep=v2')).name).toBe('ui v2');
    expect(echoOf(await world.get('/?kf-dep=shop-v2&kf-ve=dev')).name).toBe('ui v2');
    expect(echoOf(await world.get('/', { 'kubefox-app-deployment': 'v2', 'kf-ve': 'dev' })).name).toBe(
      'ui v2',
    );
    // Without variables v1 runs the same in every environment, so it runs in team, too; nothing is released there.
    expect(echoOf(await world.get('/?kf-dep=v1&kf-ve=team')).name).toBe('ui v1');
    expect(problemOf(await world.get('/?kf-ve=team'))).toMatchObject({
      type: 'urn:fox:problem:nothing-released',
      status: 404,
    });
    expect(problemOf(await world.get('/?kf-dep=v3'))).toMatchObject({
      status: 404,
      try: ['fox versions', 'fox deploy v3'],
    });
    expect(problemOf(await world.get('/?kf-dep=v1&kf-dep=v2'))).toMatchObject({
      type: 'urn:fox:problem:bad-selector',
    });
  });

  test('selectors are gone when the component sees the request, and nothing else has changed', async () => {
    await twoVersions();
    const target = '/a%20b//c;x?z=1&a=%C3%A4+%2b&kf-dep=v2&&a=2&kf-ve=dev&q';
    const seen = echoOf(await world.get(target, { 'Kf-Dep': 'v1', 'X-Own': 'kept' }));
    expect(seen.name).toBe('ui v2');
    expect(seen.url).toBe('/a%20b//c;x?z=1&a=%C3%A4+%2b&&a=2&q');
    expect(Object.keys(seen.headers).filter((name) => name.startsWith('kf-'))).toEqual([]);
    expect(seen.headers['x-own']).toBe('kept');
  });

  test('the response tells who answered, and a component cannot say otherwise', async () => {
    world.putEnvironment('dev', {}, true);
    const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });
    await world.runVersion(manifest, 'dev', { ui: boastful });
    world.putVersion(manifest, ['dev']);
    await world.startRouter();
    const answer = await world.get('/?kf-dep=v1');
    expect(answer).toMatchObject({
      status: 201,
      body: 'made',
      headers: {
        'fox-version': 'v1',
        'fox-virtual-env': 'dev',
        'fox-component': 'ui',
        'set-cookie': ['a=1', 'b=2'],
        'x-own': 'caf\u00e9',
      },
    });
    expect(answer.headers['x-gone']).toBeUndefined();
  });

  test('the component gets the context, trace and forwarding headers; what outside claims of them is not believed', async () => {
    await twoVersions();
    const seen = echoOf(
      await world.get('/', {
        baggage: 'kf-dep=shop-v2,user= alice;p=1 ,kf-ve=x,z=%20',
        'x-fox-env': 'forged',
        'X-Fox-Any': 'forged',
        'x-forwarded-for': '203.0.113.9',
        forwarded: 'for=203.0.113.9',
        host: 'shop.example',
      }),
    );
    expect(seen.name).toBe('ui v1');
    expect(seen.headers).toMatchObject({
      baggage: 'kf-dep=shop-v1,kf-ve=dev,user= alice;p=1 ,z=%20',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'http',
      host: 'shop.example',
    });
    expect(seen.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(seen.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(Object.keys(seen.headers).filter((name) => /^x-fox-(?!timeout$)|^forwarded$/.test(name))).toEqual(
      [],
    );
  });

  test('a trace and a request id that came along are kept; broken ones are replaced', async () => {
    await twoVersions();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const kept = echoOf(await world.get('/', { traceparent, tracestate: 'a=1', 'x-request-id': 'mine-1' }));
    expect(kept.headers).toMatchObject({ traceparent, tracestate: 'a=1', 'x-request-id': 'mine-1' });
    const broken = echoOf(
      await world.get('/', {
        traceparent: '00-00000000000000000000000000000000-b7ad6b7169203331-01',
        tracestate: 'a=1',
        'x-request-id': 'a b',
      }),
    );
    expect(broken.headers['traceparent']).not.toContain('0000000000');
    expect(broken.headers['tracestate']).toBeUndefined();
    expect(broken.headers['x-request-id']).not.toBe('a b');
  });

  test('headers for one connection only end at the router', async () => {
    await twoVersions();
    const outgoing = httpRequest(world.router?.url ?? '', {
      headers: {
        connection: 'keep-alive, X-Secret, Host, close',
        'x-secret': 'gone',
        'keep-alive': 'timeout=3',
        te: 'trailers',
        'proxy-connection': 'keep-alive',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA',
        'x-own': 'kept',
      },
    });
    outgoing.end();
    const [response] = await once(outgoing, 'response');
    const seen = JSON.parse(await text(response)) as Echo;
    expect(Object.keys(seen.headers)).toEqual(expect.arrayContaining(['x-own', 'host']));
    for (const gone of ['x-secret', 'keep-alive', 'proxy-connection', 'upgrade', 'http2-settings'])
      expect(seen.headers[gone]).toBeUndefined();
    expect(seen.headers['connection']).not.toContain('X-Secret');
  });

  test.each([
    ['TRACE', '/', {}, 405, 'method-refused'],
    ['GET', '/a/../b', {}, 400, 'bad-request'],
    ['GET', '/%2e%2e/b', {}, 400, 'bad-request'],
    ['GET', 'ftp://other.example/', {}, 400, 'bad-request'],
    ['OPTIONS', '*', {}, 400, 'bad-request'],
  ])('%s %s is refused as a problem', async (method, path, headers, status, problem) => {
    await twoVersions();
    const outgoing = httpRequest(world.router?.url ?? '', { method, path, headers });
    outgoing.end();
    const [response] = await once(outgoing, 'response');
    expect(response.statusCode).toBe(status);
    expect(JSON.parse(await text(response))).toMatchObject({ type: `urn:fox:problem:${problem}`, status });
  });

  test('an empty cluster says what to do', async () => {
    await world.startRouter();
    expect(problemOf(await world.get('/'))).toMatchObject({
      type: 'urn:fox:problem:nothing-deployed',
      try: ['fox deploy <version>'],
    });
  });
});

describe('between components', () => {
  test('a shared component that forwards the context reaches the callee of each version', async () => {
    await chain(true);
    for (const version of ['v1', 'v2']) {
      const seen = echoOf(await world.get(`/?kf-dep=${version}`));
      expect(seen.name).toBe(`api ${version}`);
      expect(seen.headers['baggage']).toBe(`kf-dep=shop-${version},kf-ve=dev`);
    }
  });

  test('a component that forwards nothing reaches the callee of its own version, by its identity, with the context stamped', async () => {
    await chain(false);
    for (const version of ['v1', 'v2']) {
      const seen = echoOf(await world.get(`/?kf-dep=${version}`));
      expect(seen.name).toBe(`api ${version}`);
      expect(seen.headers['baggage']).toBe(`kf-dep=shop-${version},kf-ve=dev`);
    }
  });

  test('selectors mean nothing between components, and are passed on as they are', async () => {
    await chain(true);
    expect(echoOf(await world.get('/?kf-dep=v1')).url).toBe('/from-ui?kf-dep=v9');
  });

  test('who promises to forward and does not is told so, with the versions that could be meant', async () => {
    await chain(true, false);
    const answer = await world.get('/?kf-dep=v1');
    expect(answer.status).toBe(421);
    expect(problemOf(answer)).toMatchObject({
      type: 'urn:fox:problem:context-lost',
      caller: 'ui',
      callee: 'api',
      candidates: ['shop-v1 in dev', 'shop-v2 in dev'],
    });
  });

  test('a context that the caller does not belong to is refused', async () => {
    const pods = await chain(false);
    const base = `http://127.0.0.1:${pods.get('ui v1')?.callPorts['api']}`;
    expect(problemOf(await world.get('/', { baggage: 'kf-dep=shop-v2,kf-ve=dev' }, base))).toMatchObject({
      type: 'urn:fox:problem:context-mismatch',
      status: 421,
      candidates: ['shop-v1 in dev'],
    });
    expect(problemOf(await world.get('/', { baggage: 'kf-dep=shop-v1' }, base))).toMatchObject({
      type: 'urn:fox:problem:bad-context',
      status: 400,
    });
    expect(
      echoOf(await world.get('/', { baggage: 'a=1,kf-dep=shop-v1,kf-ve=dev' }, base)).headers['baggage'],
    ).toBe('kf-dep=shop-v1,kf-ve=dev,a=1');
  });

  test('the edge headers are added at the edge alone', async () => {
    const pods = await chain(false);
    const answer = await world.get('/', {}, `http://127.0.0.1:${pods.get('ui v1')?.callPorts['api']}`);
    expect(answer.headers['fox-version']).toBeUndefined();
    expect((await world.get('/?kf-dep=v1')).headers['fox-version']).toBe('v1');
  });

  test('call ports are open before the pod is ready, and closed some time after the last pod of the workload is gone', async () => {
    world.putEnvironment('dev', {}, true);
    const manifest = manifestOf('v1', { ui: { calls: ['api'] }, api: {} });
    world.putVersion(manifest, ['dev']);
    await world.startRouter();
    await world.runPod(manifest, 'dev', 'api', echo('api'));
    const ui = await world.runPod(manifest, 'dev', 'ui', echo('ui'), false);
    const port = ui.callPorts['api'] ?? 0;
    await untilOpen(port);
    expect(echoOf(await world.get('/', {}, `http://127.0.0.1:${port}`)).name).toBe('api');
    world.api.delete('pods', ui.name);
    await until('the port is closed', async () => !(await isOpen(port)));
    expect(await isOpen(port)).toBe(false);
  });

  test('a call port that is taken is opened once it is free', async () => {
    world.putEnvironment('dev', {}, true);
    const manifest = manifestOf('v1', { ui: { calls: ['api'] }, api: {} });
    world.putVersion(manifest, ['dev']);
    const ui = await world.runPod(manifest, 'dev', 'ui', echo('ui'));
    await world.runPod(manifest, 'dev', 'api', echo('api'));
    const squatter = createServer().listen(ui.callPorts['api'], '127.0.0.1');
    await once(squatter, 'listening');
    await world.startRouter();
    await until('it is logged', () => world.log.some((line) => line.includes('call-port-taken')));
    squatter.close();
    const port = ui.callPorts['api'] ?? 0;
    await untilOpen(port);
    expect(echoOf(await world.get('/', {}, `http://127.0.0.1:${port}`)).name).toBe('api');
  });
});
