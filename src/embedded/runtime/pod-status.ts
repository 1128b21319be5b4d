// A pod's status from those of its containers, in the words of Kubernetes.
import { kubeTime } from './kube-time.ts';
import type { Condition, ContainerStatus, Pod, PodStatus } from './pod.ts';

/** A container's status, and what keeps it from being ready, where that is known. */
export interface ContainerView {
  readonly status: ContainerStatus;
  readonly problem?: string;
}

const address = '127.0.0.1';

/** The whole status of a pod. Conditions that don't change keep their times. */
export function podStatus(
  pod: Pod,
  containers: readonly ContainerView[],
  now: number = Date.now(),
): PodStatus {
  const statuses = containers.map(({ status }) => status);
  const phase = phaseOf(pod, statuses);
  const ready = readiness(pod, containers, phase);
  const wanted: Condition[] = [
    { type: 'Initialized', status: 'True' },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
    { type: 'PodScheduled', status: 'True' },
  ];
  return {
    ...pod.status,
    phase,
    startTime: pod.status?.startTime ?? kubeTime(now),
    hostIP: address,
    podIP: address,
    podIPs: [{ ip: address }],
    qosClass: 'BestEffort',
    conditions: wanted.map((condition) => withTime(condition, pod.status?.conditions, now)),
    containerStatuses: statuses,
  };
}

/** The status of a container that hasn't run. */
export function newContainerStatus(name: string, image: string): ContainerStatus {
  return {
    name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
  };
}

/** The status of a container whose process is known to be gone: one that says "running" ended unseen. */
export function haltedStatus(status: ContainerStatus, now: number = Date.now()): ContainerStatus {
  const { state } = status;
  const halted = { ...status, ready: false, started: false };
  if (!('running' in state)) return halted;
  const terminated = {
    exitCode: 255,
    reason: 'Unknown',
    message: 'the embedded cluster ended while this was running',
    startedAt: state.running.startedAt,
    finishedAt: kubeTime(now),
  };
  return { ...halted, state: { terminated } };
}

/** The status of a halted container that is about to be started again, unless its pod's policy says otherwise. */
export function awaitedStatus(
  status: ContainerStatus,
  policy: Pod['spec']['restartPolicy'],
): ContainerStatus {
  const { state } = status;
  const creating = { waiting: { reason: 'ContainerCreating' } };
  if (!('terminated' in state)) return { ...status, state: creating };
  return isRestarted(policy, state.terminated.exitCode)
    ? { ...status, state: creating, lastState: state }
    : status;
}

/** A container that ended like this is started again. */
export function isRestarted(policy: Pod['spec']['restartPolicy'], exitCode: number): boolean {
  return policy === 'Never' ? false : policy !== 'OnFailure' || exitCode !== 0;
}

function phaseOf(pod: Pod, statuses: readonly ContainerStatus[]): NonNullable<PodStatus['phase']> {
  const exitCodes = statuses.flatMap(({ state }) => ('terminated' in state ? state.terminated.exitCode : []));
  const policy = pod.spec.restartPolicy;
  const finished =
    exitCodes.length === statuses.length && !exitCodes.some((code) => isRestarted(policy, code));
  if (finished && statuses.length > 0) return exitCodes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
  const begun = statuses.some(({ state, lastState }) => !('waiting' in state) || 'terminated' in lastState);
  return begun ? 'Running' : 'Pending';
}

function readiness(
  pod: Pod,
  containers: readonly ContainerView[],
  phase: PodStatus['phase'],
): Omit<Condition, 'type'> {
  if (pod.metadata.deletionTimestamp !== undefined) {
    return { status: 'False', reason: 'PodTerminating', message: 'the pod is being deleted' };
  }
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = containers.filter(({ status }) => !status.ready);
  if (containers.length > 0 && unready.length === 0) return { status: 'True' };
  const problems = unready.flatMap(({ problem }) => problem ?? []);
  const names = unready.map(({ status }) => status.name).join(' ');
  const message = problems.length > 0 ? problems.join('; ') : `containers with unready status: [${names}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

function withTime(condition: Condition, before: readonly Condition[] = [], now: number): Condition {
  const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
  return { ...condition, lastTransitionTime: same?.lastTransitionTime ?? kubeTime(now) };
}
