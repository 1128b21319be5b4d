// What the cluster says of a pod, in the words that fox shows.
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { annotation, label } from '../../core/labels.ts';
import { podCause } from '../rollout/failure-cause.ts';
import { containersOf, type PodContainer } from './pod-container.ts';

/** A pod of a workload. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly app: string;
  readonly component: string;
  /** Workload hash, 40 hex digits. */
  readonly hash: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  /** Its containers have ended for good, as of an evicted pod. Absent: they haven't. */
  readonly ended?: true;
  readonly restarts: number;
  /** RFC 3339; absent before it was started. */
  readonly startedAt?: string;
  /** One word: Running, Pending, CrashLoopBackOff … */
  readonly state: string;
  /** Why it isn't ready, where the cluster knows. */
  readonly message?: string;
  /** Port that its process was given, on the embedded cluster. */
  readonly port?: number;
}

/** A pod as fox shows it. */
export function readPod(object: V1Pod): PodView {
  const { name = '', uid = '', labels = {}, annotations = {}, deletionTimestamp } = object.metadata ?? {};
  const containers = containersOf(object);
  const main = containers.find(({ role }) => role === 'main')?.status;
  const condition = object.status?.conditions?.find(({ type }) => type === 'Ready');
  const ready = condition?.status === 'True';
  const message = ready ? undefined : (podCause(object)?.text ?? messageOf(main, condition?.message));
  const startedAt = main?.state?.running?.startedAt ?? object.status?.startTime;
  const port = annotations[annotation.port];
  const phase = object.status?.phase;
  return {
    name,
    uid,
    app: labels[label.app] ?? '',
    component: labels[label.component] ?? '',
    hash: labels[label.hash] ?? '',
    ready,
    terminating: deletionTimestamp !== undefined,
    ...(phase === 'Succeeded' || phase === 'Failed' ? { ended: true } : {}),
    restarts: containers.reduce((sum, { status }) => sum + status.restartCount, 0),
    state: deletionTimestamp === undefined ? stateOf(object, containers) : 'Terminating',
    ...(startedAt === undefined ? {} : { startedAt: String(startedAt) }),
    ...(message === undefined ? {} : { message }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** Kubernetes' word for the container that keeps the others waiting, else for the pod. */
function stateOf({ status }: V1Pod, containers: readonly PodContainer[]): string {
  const initial = containers.find((each) => each.role === 'init' && isPending(each));
  if (initial !== undefined && word(initial) !== undefined) return `Init:${word(initial)}`;
  const others = containers.filter(({ role }) => role !== 'init');
  const stopped = others.find((each) => word(each) !== undefined);
  return (stopped === undefined ? undefined : word(stopped)) ?? status?.reason ?? status?.phase ?? 'Unknown';
}

function word({ status: { state } }: PodContainer): string | undefined {
  return state?.waiting?.reason ?? state?.terminated?.reason;
}

/** An init container that hasn't done its work, be it running or failing. */
function isPending({ status: { state, ready } }: PodContainer): boolean {
  return !ready && state?.terminated?.exitCode !== 0;
}

function messageOf(status: V1ContainerStatus | undefined, condition: string | undefined): string | undefined {
  // That much is known already.
  const says = condition?.startsWith('containers with un') === true ? undefined : condition;
  return status?.state?.waiting?.message ?? says;
}
