// The containers of a pod with their statuses, and what is known of why one doesn't run.
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { label } from '../../core/labels.ts';
import type { Cause } from '../rollout/cause.ts';
import { pullCause } from '../rollout/pull-failure.ts';

/** A container and how far it is. */
export interface PodContainer {
  readonly name: string;
  /** `main` is the component's own process; the others come from a pod template of the user's. */
  readonly role: 'main' | 'init' | 'side';
  readonly status: V1ContainerStatus;
  /** Quantity, e.g. `64Mi`. */
  readonly memoryLimit?: string;
}

/** Containers that have a status: those that run first come first, the component's own before its company. */
export function containersOf({ metadata, spec, status }: V1Pod): PodContainer[] {
  const own = metadata?.labels?.[label.component] ?? spec?.containers[0]?.name;
  const limitOf = (name: string) =>
    [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find((each) => each.name === name)
      ?.resources?.limits?.['memory'];
  const view = (each: V1ContainerStatus, role: PodContainer['role']): PodContainer => {
    const memoryLimit = limitOf(each.name);
    return { name: each.name, role, status: each, ...(memoryLimit === undefined ? {} : { memoryLimit }) };
  };
  const statuses = status?.containerStatuses ?? [];
  const main = statuses.find(({ name }) => name === own) ?? statuses[0];
  return [
    ...(status?.initContainerStatuses ?? []).map((each) => view(each, 'init')),
    ...statuses.filter((each) => each === main).map((each) => view(each, 'main')),
    ...statuses.filter((each) => each !== main).map((each) => view(each, 'side')),
  ];
}

/** A container that has ended more often than that and waits for its next try won't run. */
const tolerableRestarts = 2;

interface Row {
  when(this: void, container: PodContainer): boolean;
  cause(this: void, container: PodContainer): Omit<Cause, 'container'> | undefined;
}

/** Why a container doesn't run; the first row that fits tells. */
const rows: readonly Row[] = [
  {
    when: waits(
      'ErrImagePull',
      'ImagePullBackOff',
      'InvalidImageName',
      'ErrImageNeverPull',
      'ImageInspectError',
      'SignatureValidationFailed',
    ),
    cause: ({ status: { state } }) => pullCause(state?.waiting?.reason ?? '', state?.waiting?.message ?? ''),
  },
  {
    when: waits('CreateContainerConfigError'),
    cause: ({ status: { state } }) => ({
      kind: 'settings',
      text: state?.waiting?.message ?? 'its settings are wrong',
      final: true,
    }),
  },
  {
    when: waits('CreateContainerError', 'RunContainerError', 'StartError'),
    cause: ({ status: { state } }) => startCause(state?.waiting?.message ?? ''),
  },
  {
    // What couldn't be started is told as if it had run and ended.
    when: ({ status }) => endOf(status)?.reason === 'StartError' && status.state?.running === undefined,
    cause: ({ status }) => startCause(endOf(status)?.message ?? ''),
  },
  {
    when: ({ role, status }) => role !== 'init' && endOf(status) !== undefined,
    cause: crashCause,
  },
  {
    // Init containers are meant to end; only failing ones are a cause.
    when: ({ status }) => (endOf(status)?.exitCode ?? 0) !== 0,
    cause: crashCause,
  },
];

/** Why a container doesn't run, as far as its status tells; undefined for one that just hasn't come so far. */
export function containerCause(container: PodContainer): Cause | undefined {
  const { name, role } = container;
  for (const { when, cause } of rows) {
    if (!when(container)) continue;
    const found = cause(container);
    if (found === undefined) return undefined;
    const whose =
      role === 'main' ? '' : `${role === 'init' ? 'its init container' : 'its container'} "${name}": `;
    return { ...found, text: `${whose}${found.text}`, container: name };
  }
  return undefined;
}

function waits(...reasons: readonly string[]): Row['when'] {
  return ({ status }) => reasons.includes(status.state?.waiting?.reason ?? '');
}

/** How the container's last run ended, unless another state says more. */
function endOf({ state, lastState }: V1ContainerStatus) {
  const { waiting, terminated } = state ?? {};
  // Waiting for the next try says nothing new; anything else is why it can't be tried.
  const retrying = waiting === undefined || waiting.reason === 'CrashLoopBackOff';
  return terminated ?? (retrying ? lastState?.terminated : undefined);
}

function startCause(message: string): Omit<Cause, 'container'> {
  // The runtime tells how it got there before it tells what was wrong.
  const text = /exec: .*$/.exec(message)?.[0] ?? message;
  const passes = /deadline exceeded|is reserved for/i.test(message);
  return { kind: 'command', text: text === '' ? "it can't be started" : text, final: !passes };
}

function crashCause({ status, memoryLimit }: PodContainer): Omit<Cause, 'container'> | undefined {
  const end = endOf(status);
  if (end === undefined) return undefined;
  const gaveUp =
    status.state?.waiting?.reason === 'CrashLoopBackOff' && status.restartCount >= tolerableRestarts;
  if (end.reason === 'OOMKilled') {
    const limit = memoryLimit === undefined ? '' : ` (its limit is ${memoryLimit})`;
    return { kind: 'memory', text: `it used more memory than it may${limit} and was killed`, final: gaveUp };
  }
  return {
    kind: 'crash',
    text: `its process ended with ${endText(end.exitCode, end.signal)}`,
    final: gaveUp,
  };
}

/** Linux's numbers: fox may run on another system than the pod. */
const signalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

/** A container runtime tells a signal by an exit code above 128; so may a program. */
function endText(exitCode: number, signal?: number): string {
  const name = signalNames[signal ?? exitCode - 128];
  const end = signal === undefined ? `exit code ${exitCode}` : `signal ${signal}`;
  return name === undefined ? end : `${end} (${name})`;
}
