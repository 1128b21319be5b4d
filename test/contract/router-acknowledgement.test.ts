// Waiting for several routers: all that live are counted, those that are gone don't block, one that is deaf is named.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acknowledged } from '../../src/actions/session/acknowledgement.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import { openTransport } from '../../src/cluster/api/transport.ts';
import { annotation, kind, label, managedBy } from '../../src/core/labels.ts';
import { until, World } from './router-world.ts';

let world: World;
let namespace: Namespace;
beforeEach(async () => {
  world = await World.create();
  const transport = openTransport({
    server: `http://127.0.0.1:${world.api.port}`,
    options: () => Promise.resolve({ headers: { authorization: 'Bearer secret' } }),
    hints: { unreachable: [], unauthorized: [] },
  });
  world.onEnd(async () => transport.close());
  namespace = new Namespace(new ApiClient(transport.send, 'default'));
});
afterEach(async () => world.end());

/** A router's Lease; it lives for so many seconds from now. */
function putRouter(name: string, epoch: number, { seconds = 15, holder = name, currentAt = '' } = {}): void {
  const renewTime = new Date(Date.now() + (seconds - 15) * 1_000).toISOString();
  world.api.put('leases', {
    metadata: {
      name,
      labels: { [label.managedBy]: managedBy, [label.kind]: kind.router },
      annotations: {
        [annotation.epoch]: String(epoch),
        ...(currentAt === '' ? {} : { [annotation.currentAt]: currentAt }),
      },
    },
    spec: { holderIdentity: holder, leaseDurationSeconds: 15, renewTime },
  });
}

const forever = 60_000;
const signal = new AbortController().signal;

/** Begins to wait, and goes on when the routers are watched. */
async function begin(epoch: number, timeout = forever): Promise<{ end: ReturnType<typeof acknowledged> }> {
  const end = acknowledged(namespace, epoch, timeout, signal);
  end.catch(() => undefined);
  await until('the Leases are watched', () => world.api.watches > 0);
  return { end };
}

test('all routers that live count', async () => {
  putRouter('fox-router-a', 7);
  putRouter('fox-router-b', 6);
  putRouter('fox-router-c', 6);
  const { end } = await begin(7);
  putRouter('fox-router-b', 7);
  putRouter('fox-router-c', 8);
  expect(await end).toEqual({ acked: 3, total: 3 });
});

test('one whose Lease has ended, or that gave it up, does not', async () => {
  putRouter('fox-router-a', 7);
  putRouter('fox-router-b', 6, { seconds: -1 });
  putRouter('fox-router-c', 6, { holder: '' });
  expect(await acknowledged(namespace, 7, forever, signal)).toEqual({ acked: 1, total: 1 });
});

test.each([
  ['dies', () => undefined],
  ['ends', () => putRouter('fox-router-b', 6, { holder: '' })],
  ['is deleted', () => world.api.delete('leases', 'fox-router-b')],
])('one that %s meanwhile does not block', async (_, happens) => {
  putRouter('fox-router-a', 7);
  putRouter('fox-router-b', 6, { seconds: 2 });
  const { end } = await begin(7);
  happens();
  expect(await end).toEqual({ acked: 1, total: 1 });
});

test('one that is deaf is named, and since when', async () => {
  putRouter('fox-router-a', 7);
  putRouter('fox-router-b', 6, { currentAt: '2026-01-01T00:00:00Z' });
  expect(await acknowledged(namespace, 7, 300, signal)).toEqual({
    acked: 1,
    total: 2,
    behind: ['fox-router-b has heard nothing new since 2026-01-01T00:00:00Z'],
  });
});

test('without any router nothing is acknowledged', async () => {
  expect(await acknowledged(namespace, 7, 100, signal)).toEqual({ acked: 0, total: 0 });
});
