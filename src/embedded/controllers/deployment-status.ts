// A Deployment's status from its ReplicaSets, with the conditions and reasons of Kubernetes.
import { kubeTime } from '../runtime/kube-time.ts';
import type { Condition } from '../runtime/pod.ts';
import type { Deployment, DeploymentStatus } from './deployment.ts';
import { type ReplicaSet, replicasOf } from './replica-set.ts';
import { rolloutBounds } from './rollout-plan.ts';

const defaultDeadlineSeconds = 600;

/** What a Deployment has. */
export interface DeploymentSets {
  /** That of the current template. */
  readonly current: ReplicaSet | undefined;
  /** All, the current one, too. */
  readonly all: readonly ReplicaSet[];
  /** The current one was made just now. */
  readonly isNew?: boolean;
}

/** The status now. Nothing but its times depends on when it is asked for, and those only change with what they stand for. */
export function deploymentStatus(
  deployment: Deployment,
  sets: DeploymentSets,
  now: number,
): DeploymentStatus {
  const total = (count: (set: ReplicaSet) => number | undefined) =>
    sets.all.reduce((sum, set) => sum + (count(set) ?? 0), 0);
  const available = total(({ status }) => status?.availableReplicas);
  const counts = {
    replicas: total(({ status }) => status?.replicas),
    updatedReplicas: sets.current?.status?.replicas ?? 0,
    readyReplicas: total(({ status }) => status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total(replicasOf) - available),
  };
  const { collisionCount } = deployment.status ?? {};
  const progressing = progress(deployment, counts, sets, now);
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    // As on Kubernetes, what is none is left out.
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0)),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: [
      availability(deployment, available, now),
      ...(progressing === undefined ? [] : [progressing]),
    ],
  };
}

/** After how many ms the rollout will have taken too long; undefined when it isn't under way. */
export function progressDeadline(deployment: Deployment, now: number): number | undefined {
  const current = conditionOf(deployment, 'Progressing');
  const isUnderWay =
    current !== undefined &&
    !['NewReplicaSetAvailable', 'ProgressDeadlineExceeded'].includes(current.reason ?? '');
  if (!isUnderWay || deployment.spec.paused === true) return undefined;
  return Math.max(0, Date.parse(current.lastUpdateTime ?? '') + deadlineMilliseconds(deployment) - now);
}

function availability(deployment: Deployment, available: number, now: number): Condition {
  const enough = available >= replicasOf(deployment) - rolloutBounds(deployment).unavailable;
  const [status, reason, message] = enough
    ? (['True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'] as const)
    : (['False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'] as const);
  return condition(deployment, { type: 'Available', status, reason, message }, now);
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

/** How a rollout goes: the first row that is true now tells. Undefined before anything began. */
function progress(
  deployment: Deployment,
  counts: Counts,
  sets: DeploymentSets,
  now: number,
): Condition | undefined {
  const before = conditionOf(deployment, 'Progressing');
  const { metadata, spec } = deployment;
  const set =
    sets.current === undefined
      ? `Deployment "${metadata.name}"`
      : `ReplicaSet "${sets.current.metadata.name}"`;
  const say = (status: 'True' | 'False' | 'Unknown', reason: string, message: string) =>
    condition(deployment, { type: 'Progressing', status, reason, message }, now);
  const isOver = before?.reason === 'ProgressDeadlineExceeded';
  if (spec.paused === true)
    return isOver ? before : say('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (sets.isNew === true)
    return say('True', 'NewReplicaSetCreated', `Created new replica set ${nameOf(sets)}`);
  // A pod that fails later on doesn't undo the rollout; a new template begins another one.
  if (before?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas)
    return before;
  if (isComplete(deployment, counts))
    return say('True', 'NewReplicaSetAvailable', `${set} has successfully progressed.`);
  if (hasMoved(deployment, counts)) {
    const moved = say('True', 'ReplicaSetUpdated', `${set} is progressing.`);
    return { ...moved, lastUpdateTime: kubeTime(now) };
  }
  if (before?.reason === 'DeploymentPaused')
    return say('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  if (before === undefined)
    return sets.current === undefined
      ? undefined
      : say('True', 'FoundNewReplicaSet', `Found new replica set ${nameOf(sets)}`);
  const isLate = now - Date.parse(before.lastUpdateTime ?? '') >= deadlineMilliseconds(deployment);
  if (isOver || before.reason === 'NewReplicaSetAvailable' || !isLate) return before;
  return say('False', 'ProgressDeadlineExceeded', `${set} has timed out progressing.`);
}

function nameOf({ current }: DeploymentSets): string {
  return `"${current?.metadata.name ?? ''}"`;
}

function isComplete(
  deployment: Deployment,
  { replicas, updatedReplicas, availableReplicas }: Counts,
): boolean {
  const wanted = replicasOf(deployment);
  return updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
}

/** The rollout came further since the status was written. */
function hasMoved({ status = {} }: Deployment, counts: Counts): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return (
    counts.updatedReplicas !== updatedReplicas ||
    counts.replicas - counts.updatedReplicas < replicas - updatedReplicas ||
    counts.readyReplicas > readyReplicas ||
    counts.availableReplicas > availableReplicas
  );
}

function condition(
  deployment: Deployment,
  { type, status, reason, message }: Pick<Condition, 'type' | 'status'> & { reason: string; message: string },
  now: number,
): Condition {
  const before = conditionOf(deployment, type);
  const sameStatus = before?.status === status ? before : undefined;
  if (sameStatus?.reason === reason) return sameStatus;
  return {
    type,
    status,
    lastUpdateTime: kubeTime(now),
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
