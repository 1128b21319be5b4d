// A pod's status from those of its containers, in the words of Kubernetes.
import { kubeTime } from './kube-time.ts';
import type { Condition, ContainerStatus, Pod, PodStatus, Terminated } from './pod.ts';

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

/**
 * The status of a container whose process is known to be gone: one that says "running" ended without anybody seeing how.
 * What ended is the last state of a container that is to be started again, and the state of one that isn't.
 */
export function interruptedStatus(
  status: ContainerStatus,
  policy: Pod['spec']['restartPolicy'],
  now: number = Date.now(),
): ContainerStatus {
  const halted = { ...status, ready: false, started: false };
  const creating = { waiting: { reason: 'ContainerCreating' } };
  const ended = endedState(status, now);
  if (ended === undefined) return { ...halted, state: creating };
  const restarted = isRestarted(policy, ended.terminated.exitCode);
  return restarted ? { ...halted, state: creating, lastState: ended } : { ...halted, state: ended };
}

function endedState({ state }: ContainerStatus, now: number): { terminated: Terminated } | undefined {
  if ('terminated' in state) return state;
  if ('waiting' in state) return undefined;
  const terminated = {
    exitCode: 255,
    reason: 'Unknown',
    message: 'the embedded cluster ended while this was running',
    startedAt: state.running.startedAt,
    finishedAt: kubeTime(now),
  };
  return { terminated };
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
