// Waits until Deployments are ready, telling how far each is, and ends as soon as waiting can't help.
import type { Namespace } from '../../cluster/namespace.ts';
import { followRollout } from '../../cluster/rollout/rollout.ts';
import type { RolloutState, WorkloadProgress } from '../../cluster/rollout/rollout-state.ts';
import { FoxError } from '../../core/errors.ts';
import type { ActionContext } from '../context.ts';
import { restartFailed } from './failed-pods.ts';
import { rolloutError } from './rollout-error.ts';
import type { RolloutPlace } from './rollout-place.ts';
import { RolloutReport } from './rollout-report.ts';

/** How Deployments are waited for. */
export interface WaitOptions extends RolloutPlace {
  /** In ms. */
  readonly timeout: number;
  /** Whether a Deployment (by name) was made just now. Pods of others that failed before get another try. Default: all were. */
  readonly isNew?: (name: string) => boolean;
  /** What hasn't happened when this fails, as a sentence. */
  readonly undone?: string;
  /** `fox prune` removes the pods. Default: it does. */
  readonly isPrunable?: boolean;
}

/**
 * Waits until Deployments (by name) are ready. While a Kubernetes cluster doesn't answer it goes on trying.
 * @throws FoxError WORKLOAD_FAILED when one won't become ready, TIMED_OUT, or CONFLICT when one is deleted.
 */
export async function waitForWorkloads(
  namespace: Namespace,
  names: ReadonlySet<string>,
  options: WaitOptions,
  { emit }: Pick<ActionContext, 'emit'>,
  signal: AbortSignal,
): Promise<void> {
  if (names.size === 0) return;
  const { timeout, isNew = () => true } = options;
  const deadline = AbortSignal.timeout(timeout);
  const report = new RolloutReport(emit);
  let last: RolloutState | undefined;
  let awayError: FoxError | undefined;
  const decide = (state: RolloutState) => {
    [last, awayError] = [state, undefined];
    report.show(state);
    const failed = state.workloads.find(({ cause }) => cause?.final === true);
    const isOver = state.missing.length > 0 || failed !== undefined || state.workloads.every(isReady);
    return isOver ? { state, failed } : undefined;
  };
  const follow = async () => {
    for (let isFirst = true; ; isFirst = false) {
      const end = await followRollout(namespace.client, names, decide, {
        signal: AbortSignal.any([signal, deadline]),
        // Nobody but the next command would start the embedded cluster again.
        patience: options.cluster?.kind === 'kubernetes' ? timeout : 0,
        onAway: (error) => {
          if (awayError === undefined) report.warn(`${error.message}; trying again`);
          awayError = error;
        },
      });
      const old = end.state.workloads.filter(({ name }) => !isNew(name));
      if (!isFirst || !(await restartFailed(namespace.client, old, emit))) return end;
    }
  };
  try {
    const { state, failed } = await follow();
    if (state.missing.length > 0) throw deleted(state.missing);
    if (failed !== undefined)
      throw await rolloutError(
        namespace.client,
        { ...options, code: 'WORKLOAD_FAILED', state, failed },
        signal,
      );
    report.done(names.size);
  } catch (error) {
    report.failed();
    if (error !== deadline.reason || signal.aborted) throw error;
    throw awayError ?? (await timedOut(namespace, last, options, signal));
  }
}

function isReady({ ready }: WorkloadProgress): boolean {
  return ready;
}

async function timedOut(
  { client }: Namespace,
  state: RolloutState | undefined,
  options: WaitOptions,
  signal: AbortSignal,
): Promise<FoxError> {
  const waiting = state?.workloads.filter(({ ready }) => !ready) ?? [];
  const failed = waiting.find(({ cause }) => cause !== undefined) ?? waiting[0];
  if (state === undefined || failed === undefined)
    return new FoxError('TIMED_OUT', `the cluster said nothing for ${options.timeout / 1_000} s`);
  return rolloutError(client, { ...options, code: 'TIMED_OUT', state, failed }, signal);
}

function deleted(names: readonly string[]): FoxError {
  return new FoxError('CONFLICT', `${names.join(', ')} was deleted by somebody else meanwhile`, {
    hints: ['Run the command again.'],
  });
}
