// Delivery: to ready pods only, again where that is safe, and with the right problem where it isn't.
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VersionManifest } from '../../src/core/version/manifest.ts';
import { workloadsOf } from '../../src/core/version/workload.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { closeServer, freePort, until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
  world.putEnvironment('dev', {}, true);
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
});
afterEach(async () => world.end());

const manifest: VersionManifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } });

/** A ready pod at whose port nothing listens. */
async function putDeadPod(name: string): Promise<void> {
  const hash = workloadsOf(manifest, { name: 'dev', vars: {} }).get('ui')?.hash ?? '';
  const port = await freePort();
  world.putPod({ name, port, callPorts: {} }, { app: 'shop', component: 'ui', hash });
}

/** A listener that answers with a name. */
function named(name: string): RequestListener {
  return (_, response) => response.end(name);
}

const patience = { comingUp: 5_000, unseen: 100, deadline: 5_000 };

describe('pods', () => {
  test('without any, the answer is 503 and comes soon', async () => {
    await world.startRouter(patience);
    const answer = await world.get('/');
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1', 'fox-version': 'v1' } });
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:fox:problem:no-ready-pod',
      component: 'ui',
      try: ['fox status', 'fox logs ui'],
    });
  });

  test('that come up are waited for, whatever the method', async () => {
    await world.startRouter(patience);
    const pod = await world.runPod(manifest, 'dev', 'ui', (_, response) => response.end('up'), false);
    const answers = Promise.all([world.get('/'), world.send('POST', '/', { body: 'x' })]);
    await until('requests wait', async () => (await world.router?.ready) === undefined);
    world.changePod(pod.name, { isReady: true });
    expect((await answers).map(({ body }) => body)).toEqual(['up', 'up']);
  });

  test('that appear a moment after the version are waited for', async () => {
    await world.startRouter({ ...patience, unseen: 5_000 });
    const answer = world.get('/');
    await world.runPod(manifest, 'dev', 'ui', (_, response) => response.end('up'));
    expect((await answer).body).toBe('up');
  });

  test('that are not ready or are going get nothing', async () => {
    await world.startRouter(patience);
    const [ready, unready, going] = [
      await world.runPod(manifest, 'dev', 'ui', named('ready')),
      await world.runPod(manifest, 'dev', 'ui', named('unready'), false),
      await world.runPod(manifest, 'dev', 'ui', named('going')),
    ];
    world.changePod(going.name, { isReady: true, isGoing: true });
    await until('the going one is left out', async () => {
      const before = going.seen.length;
      for (let index = 0; index < 20; index++) await world.get('/');
      return going.seen.length === before;
    });
    expect(unready.seen).toHaveLength(0);
    expect(ready.seen.length).toBeGreaterThan(0);
  });

  test('share the load by how busy they are', async () => {
    await world.startRouter(patience);
    const waiting: (() => void)[] = [];
    const slow = await world.runPod(manifest, 'dev', 'ui', (_, response) =>
      waiting.push(() => response.end('slow')),
    );
    const quick = await world.runPod(manifest, 'dev', 'ui', (_, response) => response.end('quick'));
    const answers: Promise<unknown>[] = [];
    await until('the slow one has work', async () => {
      const answer = world.get('/');
      answers.push(answer);
      await until('it has arrived', () => slow.seen.length + quick.seen.length === answers.length);
      return waiting.length > 0;
    });
    for (let index = 0; index < 20; index++) expect((await world.get('/')).body).toBe('quick');
    for (const answer of waiting) answer();
    await Promise.all(answers);
  });

  test('that are dead are passed over, with a body, too', async () => {
    await putDeadPod('dead-1');
    await putDeadPod('dead-2');
    await world.runPod(manifest, 'dev', 'ui', (incoming, response) => incoming.pipe(response));
    await world.startRouter(patience);
    for (let index = 0; index < 20; index++) {
      expect(await world.send('POST', '/', { body: `body ${index}` })).toMatchObject({
        status: 200,
        body: `body ${index}`,
      });
    }
  });

  test('that are all dead are tried again until one lives', async () => {
    await putDeadPod('dead');
    await world.startRouter(patience);
    const answer = world.send('POST', '/', { body: 'x' });
    await world.runPod(manifest, 'dev', 'ui', (_, response) => response.end('alive'));
    expect((await answer).body).toBe('alive');
  });
});

describe('a component that breaks off', () => {
  test('gets what can be repeated again, on another pod, and a POST never', async () => {
    await world.startRouter(patience);
    const breaking = await world.runPod(manifest, 'dev', 'ui', (incoming) => incoming.socket.destroy());
    await until(
      'it is known',
      async () => breaking.seen.length > 0 || (await world.send('POST', '/', { body: 'x' })).status === 502,
    );
    const answer = await world.send('POST', '/', { body: 'x' });
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:fox:problem:upstream-failed',
      component: 'ui',
    });
    const before = breaking.seen.length;
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'] as const) {
      const sent = breaking.seen.length;
      expect((await world.send(method, '/')).status).toBe(502);
      expect(breaking.seen).toHaveLength(sent + 3);
    }
    await world.runPod(manifest, 'dev', 'ui', (_, response) => response.end('fine'));
    await until(
      'both pods are known',
      async () => (await world.send('POST', '/', { body: 'x' })).status === 200,
    );
    for (let index = 0; index < 20; index++) expect((await world.get('/')).body).toBe('fine');
    expect(breaking.seen.length).toBeGreaterThan(before + 1);
  });

  test('in the middle of its response breaks the connection of the client', async () => {
    await world.startRouter(patience);
    await world.runPod(manifest, 'dev', 'ui', (incoming, response) => {
      response.write('half');
      setImmediate(() => incoming.socket.destroy());
    });
    await expect(until('it answers', async () => (await world.get('/')).status === 200)).rejects.toThrow(
      /terminated|other side closed|socket/i,
    );
  });

  test('and never answers is given up at the deadline', async () => {
    await world.startRouter({ ...patience, deadline: 500 });
    await world.runPod(manifest, 'dev', 'ui', () => undefined);
    const answer = await until('the pod is known', async () => {
      const got = await world.send('POST', '/', { body: 'x' });
      return got.status === 503 ? false : got;
    });
    expect(answer.status).toBe(504);
    expect(JSON.parse(answer.body)).toMatchObject({ type: 'urn:fox:problem:deadline-exceeded' });
  });

  test('after it took a connection that was kept open gets no POST twice', async () => {
    await world.startRouter(patience);
    const pod = await world.runPod(manifest, 'dev', 'ui', (incoming, response) => {
      incoming.resume().on('end', () => response.end('ok'));
    });
    await until('it answers', async () => (await world.get('/')).status === 200);
    const before = pod.seen.length;
    for (let index = 0; index < 10; index++) {
      expect((await world.send('POST', '/', { body: 'x' })).status).toBe(200);
      pod.server.closeIdleConnections();
    }
    expect(pod.seen).toHaveLength(before + 10);
  });

  test('its pod is gone for good: the connection of the client lives on', async () => {
    await world.startRouter(patience);
    const pod = await world.runPod(manifest, 'dev', 'ui', (_, response) => response.end('ok'));
    const { port } = new URL(world.router?.url ?? '');
    const client = connect(Number(port), '127.0.0.1');
    world.onEnd(async () => client.destroy());
    let received = '';
    client.on('data', (chunk: Buffer) => (received += chunk.toString()));
    const send = () => client.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx');
    send();
    await until('the first answer', () => received.includes('HTTP/1.1 200'));
    await closeServer(pod.server);
    world.api.delete('pods', pod.name);
    send();
    await until(
      'the second answer on the same connection',
      () => received.includes('HTTP/1.1 503') || received.includes('HTTP/1.1 502'),
    );
    send();
    await until('the third answer on the same connection', () => received.split('HTTP/1.1 ').length === 4);
    expect(client.readyState).toBe('open');
    client.end();
    await once(client, 'close');
  });
});
