// What the router takes from pods, as they change.
import { expect, test } from 'vitest';
import { RoutingTable } from '../../../../src/core/routing/table/routing-table.ts';
import { workloadKey } from '../../../../src/core/version/workload.ts';
import { PodFollower } from '../../../../src/router/cluster/cluster-state.ts';
import { Endpoints } from '../../../../src/router/delivery/endpoints.ts';
import type { RoutedPod } from '../../../../src/router/cluster/routed-pod.ts';

const hash = 'a'.repeat(40);
const labels = { 'kubefox.io/app': 'shop', 'kubefox.io/component': 'ui', 'kubefox.io/hash': hash };

test('a pod that is no longer one of fox’s is called no more, and calls no more', async () => {
  const endpoints = new Endpoints();
  const callers = new Set<string>();
  const follower = new PodFollower(
    new RoutingTable(),
    endpoints,
    {
      identify: () => undefined,
      setPod: ({ name }: RoutedPod) => void callers.add(name),
      deletePod: ({ name }: RoutedPod) => void callers.delete(name),
    },
    () => undefined,
  );
  const workload = workloadKey({ app: 'shop', component: 'ui', hash });
  follower.set({ metadata: { name: 'ui-1', labels } });
  expect([endpoints.hasPods(workload), callers.size]).toEqual([true, 1]);
  follower.set({ metadata: { name: 'ui-1', labels: { 'kubefox.io/hash': hash } } });
  expect([endpoints.hasPods(workload), callers.size]).toEqual([false, 0]);
  await endpoints.destroy();
});
