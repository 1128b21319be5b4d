// What kubectl shows of a pod's state: readiness, restarts, and the STATUS that sums up its containers.
import { age } from '../human-duration.ts';
import type { Named } from '../kind.ts';
import type { PodSpec } from './pod-spec.ts';

interface Terminated {
  readonly exitCode?: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly finishedAt?: string;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string };
  readonly running?: object;
  readonly terminated?: Terminated;
}

/** State of one container, as the runtime reports it. */
export interface ContainerStatus {
  readonly name?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

/** A pod, as far as its columns need it. */
export interface Pod extends Named {
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type?: string; readonly status?: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** READY: `1/1`. */
export function podReady({ spec, status }: Pod): string {
  const ready = status?.containerStatuses?.filter((container) => isReady(container)).length ?? 0;
  return `${ready}/${spec.containers.length}`;
}

/** RESTARTS: `2 (5m ago)`. */
export function podRestarts({ status }: Pod, now: number): string {
  const containers = status?.containerStatuses ?? [];
  const restarts = containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const ends = containers.flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? []).toSorted();
  const last = ends.at(-1);
  return restarts === 0 || last === undefined ? String(restarts) : `${restarts} (${age(last, now)} ago)`;
}

/** STATUS: `Running`, `CrashLoopBackOff`, `Terminating` …; the rules are those of Kubernetes' own printer. */
export function podStatus({ metadata, status }: Pod): string {
  const containers = status?.containerStatuses ?? [];
  let text = status?.reason ?? status?.phase ?? 'Unknown';
  for (const container of containers.toReversed()) text = containerText(container) ?? text;
  if (text === 'Completed' && containers.some((container) => isReady(container))) {
    const ready = status?.conditions?.some(
      (condition) => condition.type === 'Ready' && condition.status === 'True',
    );
    text = ready === true ? 'Running' : 'NotReady';
  }
  if (metadata.deletionTimestamp !== undefined)
    text = status?.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  return text;
}

function containerText({ state }: ContainerStatus): string | undefined {
  if (state?.waiting?.reason !== undefined && state.waiting.reason !== '') return state.waiting.reason;
  const terminated = state?.terminated;
  if (terminated === undefined) return undefined;
  if (terminated.reason !== undefined && terminated.reason !== '') return terminated.reason;
  return terminated.signal === undefined || terminated.signal === 0
    ? `ExitCode:${terminated.exitCode ?? 0}`
    : `Signal:${terminated.signal}`;
}

function isReady({ ready, state }: ContainerStatus): boolean {
  return ready === true && state?.running !== undefined;
}
