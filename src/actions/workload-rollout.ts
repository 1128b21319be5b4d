// Makes the workloads that are missing and waits until all that are needed are ready, telling how far it is.
import type { Namespace } from '../cluster/namespace.ts';
import type { PodView } from '../cluster/pod-object.ts';
import { followRollout, hopeless, imageStates, type RolloutState } from '../cluster/rollout.ts';
import { FoxError } from '../core/errors.ts';
import { objectName } from '../core/labels.ts';
import type { Workload } from '../core/workload.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { defaultTimeout } from './context.ts';

/** Workloads to have ready. */
export interface RolloutRequest {
  readonly create: readonly Workload[];
  readonly scale: readonly { readonly workload: Workload; readonly replicas: number }[];
  /** Workloads that exist and must be ready, too. */
  readonly keep: readonly Workload[];
  /** Version and commit, noted on what is created. */
  readonly origin: { readonly version: string; readonly commit: string };
}

/** How many log lines of a failing pod are shown. */
const logLines = 15;
/** How many Deployments are created at once. */
const parallelCreates = 16;

/**
 * Creates, scales, and waits until every workload is ready.
 * @throws FoxError WORKLOAD_FAILED with the failing pod's cause and last log lines, or TIMED_OUT.
 */
export async function rollOut(
  namespace: Namespace,
  request: RolloutRequest,
  options: CommonOptions,
  context: Pick<ActionContext, 'emit'>,
  signal: AbortSignal,
): Promise<void> {
  await inParallel(request.create, parallelCreates, signal, (workload) =>
    namespace.createWorkload(workload, request.origin),
  );
  for (const { workload, replicas } of request.scale)
    await namespace.scaleWorkload(nameOf(workload), replicas);
  const all = [...request.create, ...request.scale.map(({ workload }) => workload), ...request.keep];
  await waitForWorkloads(
    namespace,
    new Set(all.map(nameOf)),
    options.timeout ?? defaultTimeout,
    context,
    signal,
  );
}

/** Waits until Deployments are ready. @throws FoxError WORKLOAD_FAILED or TIMED_OUT. */
export async function waitForWorkloads(
  namespace: Namespace,
  names: ReadonlySet<string>,
  timeout: number,
  { emit }: Pick<ActionContext, 'emit'>,
  signal: AbortSignal,
): Promise<void> {
  if (names.size === 0) return;
  const task = { type: 'task', id: 'rollout' } as const;
  const deadline = AbortSignal.timeout(timeout);
  let last: RolloutState | undefined;
  let shown = false;
  const decide = (state: RolloutState) => {
    last = state;
    if (state.missing.length > 0) return { missing: state.missing };
    if (state.failing !== undefined) return { failing: state.failing };
    if (state.waiting.length === 0) return {};
    const components = [...new Set(state.waiting.map(({ component }) => component))].join(', ');
    emit({
      ...task,
      state: shown ? 'progress' : 'started',
      text: `Waiting for ${components} (${state.ready.length}/${names.size} ready)`,
    });
    shown = true;
    return undefined;
  };
  try {
    const end: { missing?: readonly string[]; failing?: PodView } = await followRollout(
      namespace.client,
      names,
      decide,
      AbortSignal.any([signal, deadline]),
    );
    if (end.missing !== undefined) throw deleted(end.missing);
    if (end.failing !== undefined)
      throw await podFailed(namespace, end.failing, 'WORKLOAD_FAILED', describePod(end.failing), signal);
    if (shown)
      emit({
        ...task,
        state: 'done',
        text: names.size === 1 ? 'The workload is ready' : `All ${names.size} workloads are ready`,
      });
  } catch (error) {
    if (shown) emit({ ...task, state: 'failed', text: 'Not all workloads are ready' });
    if (error !== deadline.reason || signal.aborted) throw error;
    throw await timedOut(namespace, last, timeout, signal);
  }
}

/** Runs `work` for each item, at most `limit` at a time, until one fails or the signal aborts. */
async function inParallel<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) {
      signal.throwIfAborted();
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

function nameOf({ app, component, hash }: Workload): string {
  return objectName.workload(app, component, hash);
}

function describePod(pod: PodView): string {
  return `${pod.component} doesn't run: ${pod.message ?? pod.state}`;
}

function deleted(names: readonly string[]): FoxError {
  return new FoxError('CONFLICT', `${names.join(', ')} was deleted by somebody else meanwhile`, {
    hints: ['Run the command again.'],
  });
}

async function timedOut(
  namespace: Namespace,
  last: RolloutState | undefined,
  timeout: number,
  signal: AbortSignal,
): Promise<FoxError> {
  const after = `after ${Math.round(timeout / 1_000)} s`;
  const pod = last?.pods[0];
  if (pod === undefined) {
    const names = last?.waiting.map(({ name }) => name).join(', ') ?? 'the workloads';
    return new FoxError('TIMED_OUT', `${names} not ready ${after}: the cluster made no pod`, {
      hints: ["`fox cluster status` and the cluster's log tell more."],
    });
  }
  return podFailed(
    namespace,
    pod,
    'TIMED_OUT',
    `${pod.component} isn't ready ${after}: ${pod.message ?? pod.state}`,
    signal,
  );
}

/** The error for a pod, with the end of its log: of its last run, if it isn't running now. */
async function podFailed(
  namespace: Namespace,
  pod: PodView,
  code: 'WORKLOAD_FAILED' | 'TIMED_OUT',
  message: string,
  signal: AbortSignal,
): Promise<FoxError> {
  const log = await logTail(namespace, pod.name, signal);
  return new FoxError(code, message, {
    details:
      log.length === 0
        ? ['(it has logged nothing)']
        : [`last lines of ${pod.name}:`, ...log.map((line) => `  ${line}`)],
    hints: [...hintsOf(pod), 'Nothing else has changed. `fox prune` removes the pods that were started.'],
  });
}

function hintsOf({ state }: PodView): string[] {
  if (imageStates.has(state)) return ['`fox deploy <version>` builds images that are missing.'];
  // One that can't even be started isn't helped by this.
  return hopeless.has(state) ? [] : ['A component must serve HTTP on the port in $PORT.'];
}

async function logTail(namespace: Namespace, pod: string, signal: AbortSignal): Promise<string[]> {
  for (const previous of ['false', 'true']) {
    const lines: string[] = [];
    try {
      for await (const line of namespace.client.log(pod, { tailLines: String(logLines), previous }, signal))
        lines.push(line);
    } catch (error) {
      // A pod that never ran has no log, and one that ran once no previous one; the cause is told all the same.
      if (!(error instanceof FoxError)) throw error;
    }
    if (lines.length > 0) return lines;
  }
  return [];
}
