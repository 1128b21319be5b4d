// What only the embedded cluster's API does: who may ask, what it refuses to be, and what it tells instead of Kubernetes' parts.
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FoxError } from '../../src/core/errors.ts';
import type { LogOptions, PodLogs } from '../../src/embedded/api/pod-logs.ts';
import { startApiServer } from '../../src/embedded/api/server.ts';
import { StatusError } from '../../src/embedded/store/status-error.ts';
import {
  ApiClient,
  configMap,
  deployment,
  eventually,
  type Json,
  openEmbedded,
  pod,
} from './cluster/cluster-under-test.ts';

let cluster: Awaited<ReturnType<typeof openEmbedded>>;
let client: ApiClient;
const core = '/api/v1/namespaces/default';
const apps = '/apis/apps/v1/namespaces/default';

/** Keeps the log of every pod: two lines, and more if it is followed. */
class RecordedLogs implements PodLogs {
  readonly asked: { podUid: string; options: LogOptions }[] = [];
  ended = 0;

  async *read(podUid: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.asked.push({ podUid, options });
    try {
      if (options.previous)
        throw new StatusError(400, 'BadRequest', 'previous terminated container "main" not found');
      yield Buffer.from('one\n');
      yield Buffer.from('two\n');
      if (options.follow && !signal.aborted) await once(signal, 'abort');
    } finally {
      this.ended += 1;
    }
  }
}

let logs: RecordedLogs;
beforeEach(async () => {
  logs = new RecordedLogs();
  cluster = await openEmbedded(async () => logs);
  ({ client } = cluster);
});

afterEach(() => cluster.close());

describe('who may ask', () => {
  const paths = ['/api', '/version', '/readyz', '/healthz', '/livez', `${core}/pods`, '/nowhere'];

  test.each(paths)('%s answers 401 without the token', async (path) => {
    for (const token of [undefined, '', 'wrong', `${client.credentials.token}x`]) {
      const stranger = new ApiClient({ ...client.credentials, token });
      const { status, body } = await stranger.get(path);
      expect(status).toBe(401);
      expect(body).toMatchObject({
        kind: 'Status',
        reason: 'Unauthorized',
        message: 'Unauthorized',
        code: 401,
      });
      stranger.close();
    }
  });

  test('a name that isn’t loopback is refused: it may be a web page’s', async () => {
    for (const host of [
      'evil.example.com',
      '127.0.0.1.evil.example.com',
      '10.0.0.1',
      'localhost.evil.example.com:80',
    ]) {
      expect((await client.get('/version', { host })).status).toBe(403);
    }
    for (const host of ['localhost', 'localhost:123', '127.0.0.1:1', '[::1]:5', 'LOCALHOST']) {
      expect((await client.get('/version', { host })).status).toBe(200);
    }
  });

  test('the certificate proves the server to those who have its authority only', async () => {
    const stranger = new ApiClient({ ...client.credentials, authority: '' });
    await expect(stranger.get('/version')).rejects.toThrow(/certificate/);
    stranger.close();
    const { port } = new URL(client.credentials.server);
    const byName = new ApiClient({ ...client.credentials, server: `https://localhost:${port}` });
    expect((await byName.get('/version')).status).toBe(200);
    byName.close();
  });
});

describe('requests', () => {
  test('a body of more than 3 MiB is 413', async () => {
    const { status, body } = await client.post(`${core}/configmaps`, 'x'.repeat(3 * 2 ** 20 + 1));
    expect(status).toBe(413);
    expect(body).toMatchObject({ reason: 'RequestEntityTooLarge', code: 413 });
  });

  test('so is one that doesn’t say its length', async () => {
    const chunked = {
      headers: { 'transfer-encoding': 'chunked' },
    };
    const { status } = await client.request('POST', `${core}/configmaps`, {
      body: 'x'.repeat(3 * 2 ** 20 + 1),
      ...chunked,
    });
    expect(status).toBe(413);
  });

  test('a client that goes away in the middle of its body is nobody’s bug', async () => {
    const { server, token = '', authority: ca } = client.credentials;
    const headers = { authorization: `Bearer ${token}`, 'content-length': '1000' };
    const request = httpsRequest(new URL(`${core}/configmaps`, server), { method: 'POST', ca, headers });
    request.on('error', () => undefined);
    request.write('{');
    const [socket] = (await once(request, 'socket')) as [Socket];
    await once(socket, 'secureConnect');
    request.destroy();
    // Whatever it left behind: the next one is served, and closing the cluster finds no error.
    expect((await client.get('/version')).status).toBe(200);
  });

  test('connections are kept, and HEAD has no body', async () => {
    const first = await client.open('GET', '/version');
    const port = first.socket.localPort;
    first.resume();
    await once(first, 'end');
    const head = await client.request('HEAD', `${core}/configmaps`);
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    const third = await client.open('GET', '/version');
    expect(third.socket.localPort).toBe(port);
    third.destroy();
  });

  test('a port that is taken is said', async () => {
    const port = Number(new URL(client.credentials.server).port);
    const certificate = { key: '', certificate: '', authority: '' };
    const second = startApiServer({
      store: cluster.store,
      version: '1',
      token: 't',
      certificate,
      port,
      onError: () => undefined,
    });
    await expect(second).rejects.toThrow(FoxError);
    await expect(second).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });

  test.each([
    { path: '/api/v1/nodes', status: 404, message: 'the embedded cluster has no nodes' },
    {
      path: '/apis/apps/v1/namespaces/default/statefulsets',
      status: 404,
      message: 'the embedded cluster has no statefulsets',
    },
    {
      path: '/apis/batch/v1/namespaces/default/jobs',
      status: 404,
      message: 'the embedded cluster has no jobs in batch v1',
    },
    { path: '/apis/batch', status: 404, message: 'the embedded cluster has no API group batch' },
    { path: `${core}/pods/p/exec`, status: 501, message: 'the embedded cluster has no exec' },
    { path: '/api/v1/constructor', status: 404, message: 'the embedded cluster has no constructor' },
    { path: `${core}/pods/%zz`, status: 400, message: expect.stringContaining('malformed escape') },
  ])('$path: $status', async ({ path, status, message }) => {
    expect((await client.get(path)).body).toMatchObject({ kind: 'Status', code: status, message });
  });

  test('what a path can’t do is 405, patches that don’t exist are 415', async () => {
    expect((await client.post(`${core}/pods/p`, {})).status).toBe(405);
    expect((await client.put(`${core}/pods`, {})).status).toBe(405);
    expect((await client.delete('/api/v1/pods')).status).toBe(405);
    await client.post(`${core}/configmaps`, configMap('a'));
    const { status, body } = await client.request('PATCH', `${core}/configmaps/a`, {
      body: '{}',
      headers: { 'content-type': 'application/unheard-of+json' },
    });
    expect(status).toBe(415);
    expect(body.message).toContain('application/merge-patch+json');
    const yaml = await client.request('POST', `${core}/configmaps`, {
      body: 'a: b',
      headers: { 'content-type': 'application/yaml' },
    });
    expect(yaml.status).toBe(415);
  });

  test('names of JavaScript’s own are names like any other', async () => {
    await client.post(`${core}/configmaps`, configMap('a', { constructor: 'b' }));
    await client.patch(`${core}/configmaps/a`, { data: { toString: 'd', hasOwnProperty: 'e' } });
    const { body } = await client.get(`${core}/configmaps/a`);
    expect(Object.entries(body.data)).toEqual([
      ['constructor', 'b'],
      ['toString', 'd'],
      ['hasOwnProperty', 'e'],
    ]);
    expect((await client.get(`${core}/configmaps?labelSelector=constructor`)).body.items).toEqual([]);
    expect((await client.get(`${core}/configmaps?labelSelector=toString`)).body.items).toEqual([]);
  });

  test('__proto__ is refused rather than lost', async () => {
    const object = '{"metadata":{"name":"b"},"data":{"__proto__":"c"}}';
    expect((await client.post(`${core}/configmaps`, object)).body).toMatchObject({
      code: 400,
      message: expect.stringContaining('__proto__'),
    });
    await client.post(`${core}/configmaps`, configMap('a'));
    const patch = {
      body: '{"data":{"__proto__":"c"}}',
      headers: { 'content-type': 'application/merge-patch+json' },
    };
    const refused = await client.request('PATCH', `${core}/configmaps/a`, patch);
    expect(refused.body).toMatchObject({ code: 422, message: expect.stringContaining('__proto__') });
  });
});

/** A pod that a runtime has taken. */
async function running(name: string, grace?: number): Promise<Json> {
  const sample = pod(name);
  if (grace !== undefined) sample.spec.terminationGracePeriodSeconds = grace;
  await client.post(`${core}/pods`, sample);
  return cluster.store.change('pods', 'default', name, (object) => ({
    ...object,
    spec: { ...(object['spec'] as object), nodeName: 'embedded' },
    status: { phase: 'Running' },
  }));
}

describe('pods that run', () => {
  test('get their grace period', async () => {
    await running('a');
    await running('b', 5);
    await running('c');
    const before = Date.now();
    expect((await client.delete(`${core}/pods/a`)).body).toMatchObject({
      kind: 'Pod',
      metadata: { deletionGracePeriodSeconds: 30 },
    });
    expect((await client.delete(`${core}/pods/b`)).body.metadata).toMatchObject({
      deletionGracePeriodSeconds: 5,
    });
    const asked = (await client.delete(`${core}/pods/c`, { gracePeriodSeconds: 7 })).body.metadata;
    expect(asked.deletionGracePeriodSeconds).toBe(7);
    expect(Date.parse(asked.deletionTimestamp) - before).toBeGreaterThan(5_000);
    expect((await client.get(`${core}/pods`)).body.items).toHaveLength(3);
  });

  test('can be given less later, not more', async () => {
    await running('a');
    await client.delete(`${core}/pods/a`, { gracePeriodSeconds: 10 });
    expect(
      (await client.delete(`${core}/pods/a`, { gracePeriodSeconds: 60 })).body.metadata
        .deletionGracePeriodSeconds,
    ).toBe(10);
    expect(
      (await client.delete(`${core}/pods/a?gracePeriodSeconds=2`)).body.metadata.deletionGracePeriodSeconds,
    ).toBe(2);
    expect((await client.delete(`${core}/pods/a`, { gracePeriodSeconds: 0 })).status).toBe(200);
    expect((await client.get(`${core}/pods/a`)).status).toBe(404);
  });

  test('end gracefully when their owner goes', async () => {
    const { body: owner } = await client.post(`${apps}/deployments`, deployment('d'));
    const ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: owner.metadata.uid, controller: true },
    ];
    await running('a');
    await client.patch(`${core}/pods/a`, { metadata: { ownerReferences } });
    await client.delete(`${apps}/deployments/d`);
    const { body } = await eventually(
      () => client.get(`${core}/pods/a`),
      ({ body: found }) => found.metadata.deletionTimestamp !== undefined,
    );
    expect(body.metadata.deletionGracePeriodSeconds).toBe(30);
  });

  test('keep an owner that is deleted in the foreground', async () => {
    const { body: owner } = await client.post(`${apps}/deployments`, deployment('d'));
    const { uid } = owner.metadata;
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid, controller: true }];
    await running('a');
    await client.patch(`${core}/pods/a`, { metadata: { ownerReferences } });
    await client.delete(`${apps}/deployments/d`, { propagationPolicy: 'Foreground' });
    await eventually(
      () => client.get(`${core}/pods/a`),
      ({ body }) => body.metadata.deletionTimestamp !== undefined,
    );
    // The collector has looked at the owner at least once more when it has collected something younger.
    await client.post(`${core}/configmaps`, {
      metadata: { name: 'c', ownerReferences: [{ ...ownerReferences[0], uid: 'gone' }] },
    });
    await eventually(
      () => client.get(`${core}/configmaps/c`),
      ({ status }) => status === 404,
    );
    expect((await client.get(`${apps}/deployments/d`)).body.metadata.finalizers).toEqual([
      'foregroundDeletion',
    ]);
    await client.delete(`${core}/pods/a`, { gracePeriodSeconds: 0 });
    await eventually(
      () => client.get(`${apps}/deployments/d`),
      ({ status }) => status === 404,
    );
  });

  test('show kubectl what they are doing', async () => {
    await running('a');
    await cluster.store.change('pods', 'default', 'a', (object) => ({
      ...object,
      status: {
        phase: 'Running',
        podIP: '127.0.0.1',
        containerStatuses: [
          {
            name: 'main',
            ready: false,
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: {
              terminated: { exitCode: 1, finishedAt: new Date(Date.now() - 65_000).toISOString() },
            },
          },
        ],
      },
    }));
    const { body } = await client.get(`${core}/pods`, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    const [row] = body.rows;
    expect(row.cells).toEqual([
      'a',
      '0/1',
      'CrashLoopBackOff',
      expect.stringMatching(/^3 \(6\ds ago\)$/),
      expect.any(String),
      '127.0.0.1',
      'embedded',
      '<none>',
      '<none>',
    ]);
  });
});

describe('logs', () => {
  beforeEach(() => client.post(`${core}/pods`, pod('a')));

  test('come from who keeps them', async () => {
    const { status, text, headers } = await client.get(`${core}/pods/a/log`);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain');
    expect(text).toBe('one\ntwo\n');
    const uid = cluster.store.get('pods', 'default', 'a')?.metadata.uid;
    expect(logs.asked).toEqual([
      { podUid: uid, options: { container: 'main', follow: false, previous: false, timestamps: false } },
    ]);
  });

  test('with every option that kubectl has', async () => {
    const query = 'container=main&timestamps=true&tailLines=5&limitBytes=100&sinceTime=2026-01-02T03:04:05Z';
    await client.get(`${core}/pods/a/log?${query}`);
    expect(logs.asked[0]?.options).toEqual({
      container: 'main',
      follow: false,
      previous: false,
      timestamps: true,
      tailLines: 5,
      limitBytes: 100,
      since: Date.UTC(2026, 0, 2, 3, 4, 5),
    });
    const now = Date.now();
    await client.get(`${core}/pods/a/log?sinceSeconds=60`);
    expect(logs.asked[1]?.options.since).toBeGreaterThanOrEqual(now - 60_000);
    expect(logs.asked[1]?.options.since).toBeLessThanOrEqual(Date.now() - 60_000);
  });

  test('are followed until the reader goes', async () => {
    const response = await client.open('GET', `${core}/pods/a/log?follow=true`);
    let seen = '';
    for await (const chunk of response) {
      seen += String(chunk);
      if (seen === 'one\ntwo\n') break;
    }
    await vi.waitFor(() => expect(logs.ended).toBe(1));
  });

  test('refuse what makes no sense', async () => {
    expect((await client.get(`${core}/pods/a/log?container=other`)).body).toMatchObject({
      code: 400,
      message: 'container other is not valid for pod a',
    });
    expect((await client.get(`${core}/pods/a/log?tailLines=-1`)).status).toBe(422);
    expect((await client.get(`${core}/pods/a/log?tailLines=x`)).status).toBe(400);
    expect(
      (await client.get(`${core}/pods/a/log?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z`)).status,
    ).toBe(422);
    expect((await client.get(`${core}/pods/none/log`)).status).toBe(404);
    const two = pod('b');
    two.spec.containers.push({ name: 'second', image: 'x' });
    await client.post(`${core}/pods`, two);
    expect((await client.get(`${core}/pods/b/log`)).body.message).toBe(
      'a container name must be specified for pod b, choose one of: [main second]',
    );
    const previous = await client.get(`${core}/pods/a/log?previous=true`);
    expect(previous.body).toMatchObject({
      code: 400,
      message: 'previous terminated container "main" not found',
    });
  });
});

describe('watches', () => {
  test('a client that doesn’t read is cut off, and holds nobody up', async () => {
    const slow = await client.open('GET', `${core}/configmaps?watch=1&resourceVersion=0`);
    // Not a byte is taken from the socket.
    slow.socket.pause();
    const quick = await client.watch(`${core}/configmaps?watch=1&resourceVersion=0`);
    const text = 'x'.repeat(900_000);
    for (let index = 0; index < 40; index += 1)
      await client.post(`${core}/configmaps`, configMap(`c${index}`, { text }));
    await quick.names(40);
    // What was sent before may still arrive; then the connection ends in the middle.
    const drained = slow.resume().toArray();
    await expect(drained).rejects.toThrow(/aborted|ECONNRESET/);
    quick.close();
  });

  test('a change reaches the watcher before its writer is answered, or at once after', async () => {
    const watch = await client.watch(`${core}/configmaps?watch=1`);
    for (let index = 0; index < 20; index += 1) {
      await client.post(`${core}/configmaps`, configMap(`c${index}`));
      expect(await watch.names(index + 1)).toHaveLength(index + 1);
    }
    watch.close();
  });
});

test('a list that is cut can be continued as long as its changes are kept, and from now on after that', async () => {
  for (let index = 0; index < 5; index += 1) await client.post(`${core}/configmaps`, configMap(`c${index}`));
  const after = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start: 'default/c2' }));
  const old = await client.get(`${core}/configmaps?limit=2&continue=${after.toString('base64url')}`);
  expect(old.body).toMatchObject({ code: 410, reason: 'Expired' });
  const rest = await client.get(`${core}/configmaps?limit=2&continue=${old.body.metadata.continue}`);
  expect(rest.body.items.map((item: Json) => item.metadata.name)).toEqual(['c3', 'c4']);
});

test('a log that breaks in the middle is told to who runs the cluster, and breaks for its reader', async () => {
  const broken: PodLogs = {
    async *read() {
      yield Buffer.from('one');
      throw new Error('the disk is gone');
    },
  };
  const other = await openEmbedded(async () => broken);
  await other.client.post(`${core}/pods`, pod('a'));
  await expect(other.client.get(`${core}/pods/a/log`)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  await expect(other.close()).rejects.toMatchObject({ errors: [new Error('the disk is gone')] });
});

test('a stream can be a body', async () => {
  // The keeper of logs may give a stream instead of an iterator.
  const streaming: PodLogs = { read: () => Readable.from([Buffer.from('streamed')]) };
  const other = await openEmbedded(async () => streaming);
  await other.client.post(`${core}/pods`, pod('a'));
  expect((await other.client.get(`${core}/pods/a/log`)).text).toBe('streamed');
  await other.close();
});
