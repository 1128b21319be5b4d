// How far workloads are: what counts as ready, whose pods count, and what weighs most.
import { describe, expect, test } from 'vitest';
import { expiredDeployments, rolloutState } from '../../../../src/cluster/rollout/rollout-state.ts';
import { containerStatus, deploymentSample, podSample } from './pod-sample.ts';

const name = 'shop-web-00000000';
const names = new Set([name]);
const ready = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
const waiting = (reason: string, message: string) => ({
  containerStatuses: [containerStatus('web', { state: { waiting: { reason, message } } })],
});
const missingSecret = waiting('CreateContainerConfigError', 'secret "db" not found');
const unschedulable = [
  { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' },
];
const only = (...args: Parameters<typeof rolloutState>) => rolloutState(...args).workloads[0];

/** Metadata of a pod of one template. */
const of = (hash: string, createdAt: string) => ({
  labels: { ...podSample({}).metadata?.labels, 'pod-template-hash': hash },
  creationTimestamp: createdAt,
});

describe('a workload is ready', () => {
  test('when all of its pods are, of the template that it has now', () => {
    expect(only(names, [deploymentSample(name, { status: ready })], [])?.ready).toBe(true);
    expect(only(names, [deploymentSample(name)], [])?.ready).toBe(false);
    const unseen = deploymentSample(name, { status: ready, generation: 2 });
    expect(only(names, [unseen], [])?.ready).toBe(false);
    const replacing = deploymentSample(name, { status: { ...ready, replicas: 2, availableReplicas: 2 } });
    expect(only(names, [replacing], [])?.ready).toBe(false);
  });

  test("or missing, by its name; others are nobody's concern", () => {
    const state = rolloutState(
      new Set([name, 'gone']),
      [deploymentSample(name), deploymentSample('other')],
      [],
    );
    expect(state.missing).toEqual(['gone']);
    expect(state.workloads).toHaveLength(1);
  });
});

describe('what stands in the way', () => {
  test('is what its own pods say; the one that waiting does not help counts most', () => {
    const pods = [
      podSample({ name: 'a', conditions: unschedulable }),
      podSample({ name: 'b', status: missingSecret }),
      podSample({ name: 'c', component: 'other', status: missingSecret }),
      podSample({ name: 'd', status: missingSecret, metadata: { deletionTimestamp: 'now' } }),
    ];
    const progress = only(names, [deploymentSample(name)], pods);
    expect(progress).toMatchObject({ cause: { text: 'secret "db" not found' }, pod: { name: 'b' } });
    expect(progress?.pods.map((pod) => pod.name)).toEqual(['a', 'b']);
  });

  test('is not what the pods of an earlier template say', () => {
    const old = podSample({ name: 'old', status: missingSecret, metadata: of('1', '2026-01-01T00:00:00Z') });
    const current = podSample({ name: 'new', metadata: of('2', '2026-01-02T00:00:00Z') });
    expect(only(names, [deploymentSample(name)], [old, current])?.cause).toBeUndefined();
    const before = deploymentSample(name, { status: { updatedReplicas: 0 } });
    expect(only(names, [before], [old])?.cause).toBeUndefined();
    const unseen = deploymentSample(name, { generation: 2 });
    expect(only(names, [unseen], [old])?.cause).toBeUndefined();
  });

  test('is a quota: for good, unless something is about to give back what it uses', () => {
    const message = 'pods "x" is forbidden: exceeded quota: q';
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message }];
    const refused = deploymentSample(name, { status: { conditions, updatedReplicas: 0, replicas: 0 } });
    expect(only(names, [refused], [])?.cause).toMatchObject({ kind: 'quota', final: true });
    const ending = podSample({ component: 'other', metadata: { deletionTimestamp: 'now' } });
    expect(only(names, [refused], [ending])?.cause).toMatchObject({ kind: 'quota', final: false });
  });

  test('is for good when the Deployment gives up meanwhile, not when it had done so before', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    const late = deploymentSample(name, { status: { conditions } });
    const pods = [podSample({ name: 'a', conditions: unschedulable })];
    expect(only(names, [late], pods)?.cause).toMatchObject({ kind: 'scheduling', final: true });
    const expired = expiredDeployments([late]);
    expect(only(names, [late], pods, expired)?.cause).toMatchObject({ kind: 'scheduling', final: false });
    expect(only(names, [late], [], expired)?.cause).toMatchObject({ kind: 'deadline', final: false });
  });
});
