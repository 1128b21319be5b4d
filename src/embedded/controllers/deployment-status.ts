// A Deployment's status from its pods, with the conditions and reasons of Kubernetes.
import { kubeTime } from '../runtime/kube-time.ts';
import type { Condition } from '../runtime/pod.ts';
import { type Deployment, type DeploymentStatus, replicasOf } from './deployment.ts';
import { rolloutBounds, type RolloutPod } from './rollout-plan.ts';

const defaultDeadlineSeconds = 600;

/** The status now. Nothing but its times depends on when it is asked for, and those only change with what they stand for. */
export function deploymentStatus(
  deployment: Deployment,
  pods: readonly RolloutPod[],
  now: number = Date.now(),
): DeploymentStatus {
  const staying = pods.filter(({ isLeaving }) => !isLeaving);
  const available = count(staying, ({ isAvailable }) => isAvailable);
  const wanted = replicasOf(deployment);
  const counts = {
    replicas: staying.length,
    updatedReplicas: count(staying, ({ isCurrent }) => isCurrent),
    readyReplicas: count(staying, ({ isReady }) => isReady),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, Math.max(staying.length, wanted) - available),
  };
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    // As on Kubernetes, what is none is left out.
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0)),
    conditions: [availability(deployment, available, now), progress(deployment, counts, now)],
  };
}

/** After how many ms the rollout will have taken too long; undefined when it isn't under way. */
export function progressDeadline(deployment: Deployment, now: number = Date.now()): number | undefined {
  const current = conditionOf(deployment, 'Progressing');
  if (current?.reason !== 'ReplicaSetUpdated') return undefined;
  return Math.max(0, Date.parse(current.lastUpdateTime ?? '') + deadlineMilliseconds(deployment) - now);
}

function availability(deployment: Deployment, available: number, now: number): Condition {
  const wanted = replicasOf(deployment);
  const enough = available >= wanted - rolloutBounds(deployment).unavailable;
  return enough
    ? condition(
        deployment,
        'Available',
        'True',
        'MinimumReplicasAvailable',
        'Deployment has minimum availability.',
        now,
      )
    : condition(
        deployment,
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        now,
      );
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly availableReplicas: number;
}

function progress(deployment: Deployment, counts: Counts, now: number): Condition {
  const { name } = deployment.metadata;
  const wanted = replicasOf(deployment);
  const { replicas, updatedReplicas, availableReplicas } = counts;
  const complete = updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
  const before = conditionOf(deployment, 'Progressing');
  const isComplete = before?.reason === 'NewReplicaSetAvailable';
  const message = `Deployment "${name}" has successfully progressed.`;
  if (complete) return condition(deployment, 'Progressing', 'True', 'NewReplicaSetAvailable', message, now);
  // A pod that fails later on doesn't undo the rollout; a new template begins another one.
  if (isComplete && updatedReplicas >= replicas && isObserved(deployment)) return before;
  const moved = hasMoved(deployment, counts);
  if (before?.reason === 'ProgressDeadlineExceeded' && !moved) return before;
  const since = moved || before === undefined || isComplete ? now : Date.parse(before.lastUpdateTime ?? '');
  if (now - since >= deadlineMilliseconds(deployment)) {
    const late = `Deployment "${name}" has timed out progressing.`;
    return condition(deployment, 'Progressing', 'False', 'ProgressDeadlineExceeded', late, now);
  }
  const going = `Deployment "${name}" is progressing.`;
  const updated = condition(deployment, 'Progressing', 'True', 'ReplicaSetUpdated', going, now);
  return moved ? { ...updated, lastUpdateTime: kubeTime(now) } : updated;
}

/** The controller has seen this spec before. */
function isObserved({ metadata, status }: Deployment): boolean {
  return status?.observedGeneration === metadata.generation;
}

/** The rollout came further since the status was written. */
function hasMoved(deployment: Deployment, { updatedReplicas, availableReplicas }: Counts): boolean {
  const { status } = deployment;
  return (
    !isObserved(deployment) ||
    updatedReplicas > (status?.updatedReplicas ?? 0) ||
    availableReplicas > (status?.availableReplicas ?? 0)
  );
}

function condition(
  deployment: Deployment,
  type: string,
  status: 'True' | 'False',
  reason: string,
  message: string,
  now: number,
): Condition {
  const before = conditionOf(deployment, type);
  const sameStatus = before?.status === status ? before : undefined;
  const same = sameStatus?.reason === reason ? sameStatus : undefined;
  return {
    type,
    status,
    lastUpdateTime: same?.lastUpdateTime ?? kubeTime(now),
    lastTransitionTime: sameStatus?.lastTransitionTime ?? kubeTime(now),
    reason,
    message,
  };
}

function conditionOf({ status }: Deployment, type: string): Condition | undefined {
  return status?.conditions?.find((candidate) => candidate.type === type);
}

function deadlineMilliseconds({ spec }: Deployment): number {
  return (spec.progressDeadlineSeconds ?? defaultDeadlineSeconds) * 1000;
}

function count(pods: readonly RolloutPod[], matches: (pod: RolloutPod) => boolean): number {
  return pods.filter(matches).length;
}
