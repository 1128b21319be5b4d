// The router's connection to the Kubernetes API, where it breaks at a bad moment.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Api } from '../../src/router/cluster/api.ts';
import { listen } from '../../src/router/server/listen.ts';
import { type ApiObject, ObjectWatch } from '../../src/router/cluster/object-watch.ts';
import { temporaryDirectory } from './registry-process.ts';
import { FakeKubernetes } from './router-fake-kubernetes.ts';

async function apiOf(kubeconfig: string): Promise<Api> {
  const file = join(await temporaryDirectory(), 'kubeconfig');
  await writeFile(file, kubeconfig);
  const api = new Api(file);
  onTestFinished(() => api.close());
  return api;
}

test('a connection that is reset while an answer comes fails whoever reads it, and nobody else', async () => {
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    sockets.push(request.socket);
    response.writeHead(200);
    response.write('{}\n');
  });
  const url = await listen(server, 'test', { host: '127.0.0.1', port: 0 });
  onTestFinished(() => void server.close());
  const cluster = { name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } };
  const context = { name: 'c', context: { cluster: 'c', user: 'u' } };
  const users = [{ name: 'u', user: {} }];
  const api = await apiOf(
    JSON.stringify({ 'current-context': 'c', clusters: [cluster], contexts: [context], users }),
  );
  const reading = async () => {
    for await (const _ of await api.stream({ method: 'GET', path: '/' }))
      for (const socket of sockets) socket.resetAndDestroy();
  };
  await expect(reading()).rejects.toMatchObject({ code: 'ECONNRESET' });
});

/** A line of a watch. */
function added(name: string, resourceVersion: string): string {
  return `${JSON.stringify({ type: 'ADDED', object: { metadata: { name, resourceVersion } } })}\n`;
}

test('a watch that is broken off lists anew, whatever has come already', async () => {
  const kubernetes = new FakeKubernetes();
  await kubernetes.start();
  onTestFinished(() => kubernetes.stop());
  const api = await apiOf(kubernetes.kubeconfig);
  const heard: string[] = [];
  const following = new AbortController();
  const watch: ObjectWatch<ApiObject> = new ObjectWatch(
    api,
    { path: '/api/v1/namespaces/default/pods', labelSelector: 'app' },
    {
      set: ({ metadata }) => {
        heard.push(metadata?.name ?? '');
        if (metadata?.name === 'first') watch.restart();
      },
      listed: () => undefined,
      delete: () => undefined,
    },
    () => undefined,
  );
  let lists = 0;
  const running = watch.run(following.signal, () => void (lists += 1));
  await expect.poll(() => kubernetes.watches).toBe(1);
  kubernetes.writeToWatches(added('first', '7') + added('second', '8'));
  await expect.poll(() => lists, { timeout: 5_000 }).toBe(2);
  expect(heard).toEqual(['first', 'second']);
  following.abort();
  await running;
});
