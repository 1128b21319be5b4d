// A Deployment's status tells of its ReplicaSets in Kubernetes' words, and changes only when they do.
import { expect, test } from 'vitest';
import type { Deployment, DeploymentSpec } from '../../../../src/embedded/controllers/deployment.ts';
import {
  deploymentStatus,
  progressDeadline,
} from '../../../../src/embedded/controllers/deployment-status.ts';
import { newReplicaSet } from '../../../../src/embedded/controllers/new-replica-set.ts';
import type { ReplicaSet, ReplicaSetStatus } from '../../../../src/embedded/controllers/replica-set.ts';
import { deploymentSample } from './deployment-fixture.ts';

const start = Date.parse('2026-01-02T03:04:05Z');

function set(replicas: number, status: Partial<ReplicaSetStatus> = {}): ReplicaSet {
  const made = newReplicaSet(deploymentSample(), replicas, 1);
  return { ...made, status: { replicas, ...status } };
}

const ready = set(1, { readyReplicas: 1, availableReplicas: 1 });
const coming = set(1);

/** The Deployment with the status that it has `seconds` after the start. */
function after(
  seconds: number,
  deployment: Deployment,
  current: ReplicaSet,
  ...old: ReplicaSet[]
): Deployment {
  const sets = { current, all: [current, ...old] };
  return { ...deployment, status: deploymentStatus(deployment, sets, start + seconds * 1000) };
}

function condition({ status }: Deployment, type: string) {
  return status?.conditions?.find((candidate) => candidate.type === type);
}

function edited(deployment: Deployment, spec: Partial<DeploymentSpec>): Deployment {
  const { metadata } = deployment;
  return {
    ...deployment,
    metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 },
    spec: { ...deployment.spec, ...spec },
  };
}

test('counts are those of the ReplicaSets; what is none is left out', () => {
  const current = set(2, { readyReplicas: 1, availableReplicas: 1 });
  const old = set(1, { readyReplicas: 1, availableReplicas: 1 });
  const { status } = after(0, deploymentSample({ replicas: 3 }), current, old);
  expect(status).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    unavailableReplicas: 1,
  });
  const none = after(0, deploymentSample({ replicas: 0 }), set(0)).status ?? {};
  expect(Object.keys(none).toSorted()).toEqual(['conditions', 'observedGeneration']);
});

test('a rollout progresses, completes, and stays complete when a pod fails later', () => {
  const isNew = { current: coming, all: [coming], isNew: true };
  const made = { ...deploymentSample(), status: deploymentStatus(deploymentSample(), isNew, start) };
  expect(condition(made, 'Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetCreated' });
  const begun = after(0, made, coming);
  expect(condition(begun, 'Available')).toMatchObject({
    status: 'False',
    reason: 'MinimumReplicasUnavailable',
  });
  const complete = after(5, begun, ready);
  expect(condition(complete, 'Available')).toMatchObject({
    status: 'True',
    reason: 'MinimumReplicasAvailable',
    lastTransitionTime: '2026-01-02T03:04:10Z',
  });
  expect(condition(complete, 'Progressing')).toMatchObject({
    status: 'True',
    reason: 'NewReplicaSetAvailable',
    message: `ReplicaSet "${ready.metadata.name}" has successfully progressed.`,
  });
  const failed = after(9, complete, coming);
  expect(condition(failed, 'Progressing')).toEqual(condition(complete, 'Progressing'));
  expect(condition(failed, 'Available')).toMatchObject({
    status: 'False',
    lastTransitionTime: '2026-01-02T03:04:14Z',
  });
  const next = after(12, edited(complete, {}), set(1), ready);
  expect(condition(next, 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
  expect(condition(after(13, next, set(2), ready), 'Progressing')?.reason).toBe('ReplicaSetUpdated');
});

test('a rollout that gets nowhere exceeds its deadline, and recovers when it moves on', () => {
  const begun = after(0, deploymentSample({ progressDeadlineSeconds: 60 }), coming);
  expect(condition(begun, 'Progressing')?.reason).toBe('ReplicaSetUpdated');
  expect(progressDeadline(begun, start + 10_000)).toBe(50_000);
  expect(condition(after(59, begun, coming), 'Progressing')?.reason).toBe('ReplicaSetUpdated');
  const late = after(60, begun, coming);
  expect(condition(late, 'Progressing')).toMatchObject({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
  });
  expect(condition(after(61, late, coming), 'Progressing')).toEqual(condition(late, 'Progressing'));
  expect(progressDeadline(late, start)).toBeUndefined();
  expect(condition(after(70, late, ready), 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
});

test('pausing and resuming are told, and stop the clock', () => {
  const begun = after(0, deploymentSample({ progressDeadlineSeconds: 60 }), coming);
  const paused = after(50, edited(begun, { paused: true }), coming);
  expect(condition(paused, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
  expect(progressDeadline(paused, start)).toBeUndefined();
  const resumed = after(500, edited(paused, { paused: false }), coming);
  expect(condition(resumed, 'Progressing')?.reason).toBe('DeploymentResumed');
  expect(condition(after(559, resumed, coming), 'Progressing')?.reason).toBe('DeploymentResumed');
  expect(condition(after(560, resumed, coming), 'Progressing')?.reason).toBe('ProgressDeadlineExceeded');
});

test('nothing changes while nothing happens', () => {
  const half = set(2, { readyReplicas: 1, availableReplicas: 1 });
  const complete = after(5, deploymentSample({ replicas: 2 }), half);
  expect(after(50, complete, half).status).toEqual(complete.status);
});
