// The Lease of whoever changes a namespace, over an API that goes away or whose answers get lost: kept as long as nobody else took it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { V1Lease } from '@kubernetes/client-node';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import type { ApiRequest, Transport } from '../../src/cluster/api/transport.ts';
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
