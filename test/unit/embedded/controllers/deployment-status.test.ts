// A Deployment's status tells of its pods in Kubernetes' words, and changes only when they do.
import { expect, test } from 'vitest';
import type { Deployment, DeploymentSpec } from '../../../../src/embedded/controllers/deployment.ts';
import {
  deploymentStatus,
  progressDeadline,
} from '../../../../src/embedded/controllers/deployment-status.ts';
import type { RolloutPod } from '../../../../src/embedded/controllers/rollout-plan.ts';
import { deploymentSample } from './deployment-fixture.ts';

const start = Date.parse('2026-01-02T03:04:05Z');
const ready: RolloutPod = {
  name: 'p',
  isCurrent: true,
  isLeaving: false,
  isReady: true,
  isAvailable: true,
  createdAt: 0,
};
const coming = { ...ready, isReady: false, isAvailable: false };

/** The Deployment with the status that it has `seconds` after the start. */
function after(seconds: number, deployment: Deployment, pods: RolloutPod[]): Deployment {
  return { ...deployment, status: deploymentStatus(deployment, pods, start + seconds * 1000) };
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

test('counts are those of the pods that stay; what is none is left out', () => {
  const deployment = deploymentSample({ replicas: 3 });
  const pods = [ready, coming, { ...ready, isCurrent: false }, { ...ready, isLeaving: true }];
  expect(deploymentStatus(deployment, pods, start)).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    unavailableReplicas: 1,
  });
  const none = deploymentStatus(deploymentSample({ replicas: 0 }), [], start);
  expect(Object.keys(none).toSorted()).toEqual(['conditions', 'observedGeneration']);
});

test('a rollout progresses, completes, and stays complete when a pod fails later', () => {
  const begun = after(0, deploymentSample(), [coming]);
  expect(condition(begun, 'Available')).toMatchObject({
    status: 'False',
    reason: 'MinimumReplicasUnavailable',
  });
  expect(condition(begun, 'Progressing')).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
  const complete = after(5, begun, [ready]);
  expect(condition(complete, 'Available')).toMatchObject({
    status: 'True',
    reason: 'MinimumReplicasAvailable',
    lastTransitionTime: '2026-01-02T03:04:10Z',
  });
  expect(condition(complete, 'Progressing')).toMatchObject({
    status: 'True',
    reason: 'NewReplicaSetAvailable',
  });
  const failed = after(9, complete, [coming]);
  expect(condition(failed, 'Progressing')).toEqual(condition(complete, 'Progressing'));
  expect(condition(failed, 'Available')).toMatchObject({
    status: 'False',
    lastTransitionTime: '2026-01-02T03:04:14Z',
  });
  expect(
    condition(after(12, edited(complete, {}), [{ ...ready, isCurrent: false }]), 'Progressing')?.reason,
  ).toBe('ReplicaSetUpdated');
});

test('a rollout that gets nowhere exceeds its deadline, and recovers when it moves on', () => {
  const begun = after(0, deploymentSample({ progressDeadlineSeconds: 60 }), [coming]);
  expect(progressDeadline(begun, start + 10_000)).toBe(50_000);
  expect(condition(after(59, begun, [coming]), 'Progressing')?.reason).toBe('ReplicaSetUpdated');
  const late = after(60, begun, [coming]);
  expect(condition(late, 'Progressing')).toMatchObject({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
  });
  expect(condition(after(61, late, [coming]), 'Progressing')).toEqual(condition(late, 'Progressing'));
  expect(progressDeadline(late, start)).toBeUndefined();
  expect(condition(after(70, late, [ready]), 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
});

test('nothing changes while nothing happens', () => {
  const complete = after(5, deploymentSample({ replicas: 2 }), [ready, coming]);
  expect(after(50, complete, [ready, coming]).status).toEqual(complete.status);
});
