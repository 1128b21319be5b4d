// What the cluster says of a pod, in the words that fox shows.
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { annotation, label } from '../core/labels.ts';

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
  const status = object.status?.containerStatuses?.[0];
  const condition = object.status?.conditions?.find(({ type }) => type === 'Ready');
  const ready = condition?.status === 'True';
  const message = ready ? undefined : problemOf(status, condition?.message);
  const startedAt = status?.state?.running?.startedAt ?? object.status?.startTime;
  const port = annotations[annotation.port];
  return {
    name,
    uid,
    app: labels[label.app] ?? '',
    component: labels[label.component] ?? '',
    hash: labels[label.hash] ?? '',
    ready,
    terminating: deletionTimestamp !== undefined,
    restarts: status?.restartCount ?? 0,
    state: deletionTimestamp === undefined ? stateOf(object, status) : 'Terminating',
    ...(startedAt === undefined ? {} : { startedAt: String(startedAt) }),
    ...(message === undefined ? {} : { message }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

function stateOf(object: V1Pod, status: V1ContainerStatus | undefined): string {
  const { waiting, terminated } = status?.state ?? {};
  return waiting?.reason ?? terminated?.reason ?? object.status?.phase ?? 'Unknown';
}

function problemOf(
  status: V1ContainerStatus | undefined,
  conditionMessage: string | undefined,
): string | undefined {
  const { waiting, terminated, running } = status?.state ?? {};
  const ended = terminated ?? status?.lastState?.terminated;
  // That much is known already.
  const general = conditionMessage?.startsWith('containers with unready status') === true;
  const unready = general ? undefined : conditionMessage;
  if (running !== undefined && unready !== undefined) return unready;
  // Waiting for the next try says nothing new; anything else is why it can't be tried.
  if (ended !== undefined && (waiting === undefined || waiting.reason === 'CrashLoopBackOff'))
    return `its process ended with ${ended.signal === undefined ? `exit code ${ended.exitCode}` : `signal ${ended.signal}`}`;
  return waiting?.message ?? conditionMessage;
}
