// The Lease of whoever changes a namespace, over an API that goes away or whose answers get lost: kept as long as nobody else took it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { V1Lease } from '@kubernetes/client-node';
import { exclusively } from '../../src/actions/session/exclusively.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import type { ApiRequest, Transport } from '../../src/cluster/api/transport.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import { withWriteLease } from '../../src/cluster/write-lease.ts';
import { FoxError } from '../../src/core/errors.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { ApplyingCluster } from './applying-cluster.ts';

let cluster: ApplyingCluster;
beforeEach(async () => {
  cluster = await ApplyingCluster.open();
});
afterEach(() => cluster.end());

/** What becomes of requests: `lost` ones arrive, but their answers don't. */
type Weather = 'fine' | 'away' | 'lost';

/** A client whose renewals meet one weather after the other, the last for ever. */
function clientIn(weathers: Weather[]): { client: ApiClient; renewals: Weather[] } {
  const renewals: Weather[] = [];
  let isHeld = false;
  const send: Transport = async (request: ApiRequest) => {
    const isRenewal = request.method === 'PUT' && isHeld;
    const weather = isRenewal ? (weathers.length > 1 ? weathers.shift() : weathers[0]) : 'fine';
    if (isRenewal) renewals.push(weather ?? 'fine');
    if (weather === 'away') throw new FoxError('CLUSTER_UNREACHABLE', 'away');
    const response = await cluster.send(request);
    if (request.method !== 'GET') isHeld = true;
    if (weather !== 'lost') return response;
    response.body.destroy();
    throw new FoxError('CLUSTER_UNREACHABLE', 'the answer got lost');
  };
  return { client: new ApiClient(send, cluster.client.namespace), renewals };
}

const running = new AbortController().signal;

/** A client whose writes meet one weather after the other, the last for ever. */
function clientWriting(weathers: Weather[]): ApiClient {
  const send: Transport = async (request: ApiRequest) => {
    const weather =
      request.method === 'GET' ? 'fine' : ((weathers.length > 1 ? weathers.shift() : weathers[0]) ?? 'fine');
    if (weather === 'away') throw new FoxError('CLUSTER_UNREACHABLE', 'away');
    const response = await cluster.send(request);
    if (weather === 'fine') return response;
    response.body.destroy();
    throw new FoxError('CLUSTER_UNREACHABLE', 'the answer got lost');
  };
  return new ApiClient(send, cluster.client.namespace);
}

/** Who holds the Lease; `''` if nobody does. */
async function holder(): Promise<string | undefined> {
  return (await cluster.client.get<V1Lease>('leases', 'fox-write'))?.spec?.holderIdentity;
}

async function hold(client: ApiClient): Promise<string | undefined> {
  return withWriteLease(client, 'me', () => undefined, running, holder);
}

test('is held although the answer to taking it got lost, and keeps nobody waiting afterwards', async () => {
  expect(await hold(clientWriting(['lost', 'fine']))).toBe('me');
  expect(await holder()).toBe('');
  expect(await hold(clientWriting(['lost', 'fine']))).toBe('me');
  expect(await holder()).toBe('');
});

test('is not taken by somebody whose wish never arrived', async () => {
  await expect(hold(clientWriting(['away', 'fine']))).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  expect(await holder()).toBeUndefined();
});

test('is given back once a cluster that was away for a moment answers again', async () => {
  expect(await hold(clientWriting(['fine', 'away', 'lost', 'fine']))).toBe('me');
  expect(await holder()).toBe('');
});

test('is kept when an answer gets lost and while the API is away', async () => {
  const { client, renewals } = clientIn(['lost', 'away', 'away', 'fine', 'fine']);
  const done = await withWriteLease(
    client,
    'me',
    () => undefined,
    running,
    async (signal) => {
      await eventually(() => renewals.length >= 4);
      const lease = await cluster.client.get<V1Lease>('leases', 'fox-write');
      expect(lease?.spec?.holderIdentity).toBe('me');
      expect(signal.aborted).toBe(false);
      return 'done';
    },
  );
  expect(done).toBe('done');
  const lease = await cluster.client.get<V1Lease>('leases', 'fox-write');
  expect(lease?.spec?.holderIdentity).toBe('');
});

test('is given up when somebody else took it meanwhile', async () => {
  const { client } = clientIn(['away', 'fine']);
  const held = withWriteLease(
    client,
    'me',
    () => undefined,
    running,
    async (signal) => {
      const lease = await cluster.client.get<V1Lease>('leases', 'fox-write');
      const spec = { ...lease?.spec, holderIdentity: 'you' };
      await cluster.client.replace('leases', 'fox-write', { ...lease, spec });
      await eventually(() => signal.aborted);
      throw signal.reason;
    },
  );
  await expect(held).rejects.toMatchObject({ code: 'CONFLICT' });
  const lease = await cluster.client.get<V1Lease>('leases', 'fox-write');
  expect(lease?.spec?.holderIdentity).toBe('you');
});

const away = () =>
  Promise.reject(new FoxError('CLUSTER_UNREACHABLE', 'away', { hints: ['Check the cluster.'] }));

test('a cluster that goes away while it is held leaves nothing to mend by hand, and that is said', async () => {
  const namespace = new Namespace(clientWriting(['fine']));
  const context = { user: 'me', emit: () => undefined, signal: running };
  await expect(exclusively(namespace, context, 'deploy shop-v1', away)).rejects.toMatchObject({
    code: 'CLUSTER_UNREACHABLE',
    message: 'away',
    hints: ['Run the command again when the cluster answers: it goes on where it was.', 'Check the cluster.'],
  });
  expect(await holder()).toBe('');
});
