// Call ports: a pod knows by which port it reaches what it calls, and starts only when somebody listens there.
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../unit/embedded/eventually.ts';
import { server, TestNode } from './embedded-runtime-node.ts';

let node: TestNode;
const routers: Server[] = [];

beforeEach(async () => {
  node = await TestNode.start(2000);
});

afterEach(async () => {
  for (const router of routers.splice(0)) router.close();
  await node.end();
});

const annotations = { 'kubefox.io/calls': 'api-server, review' };
const labels = { 'kubefox.io/app': 'shop', 'kubefox.io/component': 'ui', 'kubefox.io/hash': 'abc' };

function callPorts(name = 'web'): Record<string, number> | undefined {
  const text = node.pod(name)?.metadata.annotations?.['kubefox.io/call-ports'];
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, number>);
}

async function route(port: number): Promise<void> {
  const router = createServer((_request, response) => response.end('routed'));
  routers.push(router.listen(port, '127.0.0.1'));
  await once(router, 'listening');
}

test('the ports are on the pod before its process starts, which waits for the router', async () => {
  const env = [{ name: 'REVIEW_URL', value: 'http://review' }];
  await node.run(
    `fetch(process.env.API_SERVER_URL).then((r) => r.text()).then(console.log, console.error);${server}`,
    {
      labels,
      annotations,
      container: { env },
    },
  );
  const ports = await eventually(() => callPorts());
  expect(Object.keys(ports)).toEqual(['api-server', 'review']);
  expect(node.status()?.state).toHaveProperty('waiting');
  for (const port of Object.values(ports)) await route(port);
  await node.seeReady();
  const { env: found } = JSON.parse(await node.ask()) as { env: Record<string, string> };
  expect(found['API_SERVER_URL']).toBe(`http://127.0.0.1:${ports['api-server']}`);
  expect(found['REVIEW_URL']).toBe(`http://127.0.0.1:${ports['review']}`);
  await eventually(async () => (await node.log()).includes('routed'));
  expect(node.events().join('\n')).not.toContain('CallPortNotReady');
});

test('without a router the pod starts all the same, later, and says so', async () => {
  await node.run(server, { labels, annotations });
  await node.seeReady();
  expect(node.events().join('\n')).toContain("CallPortNotReady: the router doesn't listen on port");
});

test('replicas of a workload share their ports, also later ones; another workload has its own', async () => {
  await node.run(server, { name: 'a', labels, annotations });
  await node.run(server, { name: 'b', labels, annotations });
  await node.run(server, { name: 'other', labels: { ...labels, 'kubefox.io/hash': 'def' }, annotations });
  const [a, b, other] = await Promise.all(
    ['a', 'b', 'other'].map((name) => eventually(() => callPorts(name))),
  );
  expect(b).toEqual(a);
  expect(new Set([...Object.values(a ?? {}), ...Object.values(other ?? {})]).size).toBe(4);
  await node.delete('a', 0);
  await node.run(server, { name: 'c', labels, annotations });
  expect(await eventually(() => callPorts('c'))).toEqual(a);
});

test('the ports survive a restart and are given back with the last pod', async () => {
  await node.run(server, { labels, annotations });
  const before = await eventually(() => callPorts());
  await node.stop(100);
  await node.startAgain();
  await node.seeReady();
  expect(callPorts()).toEqual(before);
  await node.delete('web', 0);
  await eventually(() => node.store.records.entries('call-ports/').length === 0);
});

test('a call port that a stranger took while nothing ran is replaced', async () => {
  await node.run(server, { labels, annotations });
  const before = await eventually(() => callPorts());
  await node.stop(100);
  await route(before['review'] ?? 0);
  await node.startAgain();
  await node.seeReady();
  expect(callPorts()?.['api-server']).toBe(before['api-server']);
  expect(callPorts()?.['review']).not.toBe(before['review']);
});

test('a pod that calls nothing has no call ports', async () => {
  await node.run(server, { annotations: { 'kubefox.io/calls': '' } });
  await node.seeReady();
  expect(callPorts()).toBeUndefined();
});
