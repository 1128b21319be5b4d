// Makes the error for workloads that aren't ready: the cause, what the failing pod logged, how far the others are, what to try.
import type { ApiClient } from '../../cluster/api/api-client.ts';
import type { Cause } from '../../cluster/rollout/cause.ts';
import { podWarnings, type PodWarning } from '../../cluster/rollout/pod-events.ts';
import type { RolloutState, WorkloadProgress } from '../../cluster/rollout/rollout-state.ts';
import { FoxError } from '../../core/errors.ts';
import { failureHints } from './failure-hints.ts';
import type { RolloutPlace } from './rollout-place.ts';

/** A rollout that has ended without all being ready. */
export interface FailedRollout extends RolloutPlace {
  readonly code: 'WORKLOAD_FAILED' | 'TIMED_OUT';
  readonly state: RolloutState;
  /** The workload that is told of first. */
  readonly failed: WorkloadProgress;
  /** How long it was waited for, in ms. */
  readonly timeout: number;
  /** What hasn't happened, as a sentence. */
  readonly undone?: string;
  /** `fox prune` removes the pods. Default: it does. */
  readonly isPrunable?: boolean;
}

/** Where nothing was started there is nothing to read. */
const unstarted: ReadonlySet<string> = new Set([
  'image',
  'settings',
  'command',
  'scheduling',
  'quota',
  'admission',
]);
/** How many log lines of a failing pod are shown. */
const logLines = 15;
/** How many pods, workloads and warnings are named. */
const [namedItems, namedWarnings] = [10, 3];

/** Asks for the failing pod's log, and once for the warnings about all pods that aren't ready. */
export async function rolloutError(
  client: ApiClient,
  rollout: FailedRollout,
  signal: AbortSignal,
): Promise<FoxError> {
  const { code, state, failed, timeout } = rollout;
  const warnings = await warningsOf(client, state);
  const pod = failed.pod ?? failed.pods[0];
  const about = warnings.get(pod?.uid ?? '') ?? [];
  const known = explained(failed, about);
  const log = pod === undefined ? [] : await logDetails(client, pod.name, known, signal);
  const cause = explainedByLog(known, log);
  const why = cause?.text ?? pod?.message ?? pod?.state ?? 'the cluster made no pod';
  const after = `${failed.component} isn't ready after ${Math.round(timeout / 1_000)} s`;
  const lead = code === 'TIMED_OUT' ? after : `${failed.component} doesn't run`;
  const further = about
    .filter(({ reason, message }) => reason !== 'Killing' && !why.includes(message))
    // Whoever has ended can't be ready.
    .filter(({ message }) => cause?.kind === 'unready' || !message.startsWith('Readiness probe'))
    .slice(0, namedWarnings)
    .map(({ reason, message }) => `${reason}: ${message}`);
  const context = { ...rollout, namespace: client.namespace, ...(cause === undefined ? {} : { cause }) };
  return new FoxError(code, `${lead}: ${why}`, {
    details: [...log, ...further, ...progressDetails(state, failed, warnings)],
    hints: failureHints({ ...context, ...(pod === undefined ? {} : { pod }) }),
  });
}

async function warningsOf(
  client: ApiClient,
  { workloads }: RolloutState,
): Promise<Map<string, PodWarning[]>> {
  const uids = new Set(workloads.flatMap(({ pods }) => pods.map(({ uid }) => uid)));
  if (uids.size === 0) return new Map();
  try {
    return await podWarnings(client, uids);
  } catch (error) {
    // Events explain; without them (no right to read them, cluster gone) the cause is told as far as it is known.
    if (!(error instanceof FoxError)) throw error;
    return new Map();
  }
}

/** The cause with what only events know: which probe failed, which volume is missing. */
function explained(
  { cause, component }: WorkloadProgress,
  warnings: readonly PodWarning[],
): Cause | undefined {
  const killing = warnings.find(({ message }) => /^(?:Liveness|Startup) probe/i.test(message))?.message;
  const wasKilled = warnings.some(({ reason }) => reason === 'Killing');
  const [latest] = warnings.filter(({ reason }) => reason !== 'Killing');
  if (cause === undefined || cause.kind === 'deadline') {
    if (latest === undefined) return cause;
    const { reason, message: text } = latest;
    if (reason !== 'Unhealthy') return { kind: 'settings', text, final: false };
    return { kind: 'unready', text, final: false, container: component };
  }
  if (cause.kind !== 'crash' || killing === undefined) return cause;
  // A process that ends by itself fails its checks, too: only who was killed was killed for them.
  if (!wasKilled && !/\(SIG(?:KILL|TERM)\)$/.test(cause.text)) return cause;
  return { ...cause, text: `${cause.text}, as its health check failed: ${killing}` };
}

/** That a program is for another kind of machine shows when it is started: some runtimes only write it to its log. */
function explainedByLog(cause: Cause | undefined, log: readonly string[]): Cause | undefined {
  if (cause === undefined || !['crash', 'command'].includes(cause.kind)) return cause;
  if (![cause.text, ...log].some((line) => line.includes('exec format error'))) return cause;
  const text = 'its program is for another kind of machine than its node (exec format error)';
  return { ...cause, kind: 'platform', text };
}

async function logDetails(
  client: ApiClient,
  pod: string,
  cause: Cause | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  if (cause !== undefined && unstarted.has(cause.kind)) return [];
  const lines = await logTail(client, pod, cause?.container, signal);
  if (lines.length > 0) return [`last lines of ${pod}:`, ...lines.map((line) => `  ${line}`)];
  return ['(it has logged nothing)'];
}

/** The end of a container's log: of its last run, if it hasn't logged in this one. */
async function logTail(
  client: ApiClient,
  pod: string,
  container: string | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  for (const previous of ['false', 'true']) {
    const query = {
      tailLines: String(logLines),
      previous,
      ...(container === undefined ? {} : { container }),
    };
    const lines: string[] = [];
    try {
      for await (const line of client.log(pod, query, signal)) lines.push(line);
    } catch (error) {
      // A pod that never ran has no log, and one that ran once no previous one; the cause is told all the same.
      if (!(error instanceof FoxError)) throw error;
    }
    if (lines.length > 0) return lines;
  }
  return [];
}

/** How far the other workloads are, and which pods stay to be looked at. */
function progressDetails(
  { workloads }: RolloutState,
  failed: WorkloadProgress,
  warnings: ReadonlyMap<string, readonly PodWarning[]>,
): string[] {
  const ready = workloads.filter((each) => each.ready).map(({ component }) => component);
  const others = workloads.filter((each) => !each.ready && each !== failed);
  const pods = workloads.flatMap((each) => each.pods.map(({ name }) => name));
  return [
    ...(ready.length === 0 ? [] : [`ready: ${listOf(ready)}`]),
    ...others
      .slice(0, namedItems)
      .map((each) => `not ready: ${each.component}: ${whyWaiting(each, warnings)}`),
    ...(others.length > namedItems ? [`not ready: ${others.length - namedItems} more`] : []),
    ...(pods.length === 0 ? [] : [`kept to be looked at: ${listOf(pods)}`]),
  ];
}

function whyWaiting(
  progress: WorkloadProgress,
  warnings: ReadonlyMap<string, readonly PodWarning[]>,
): string {
  const [pod] = progress.pods;
  const cause = explained(progress, warnings.get(pod?.uid ?? '') ?? []);
  return cause?.text ?? pod?.message ?? pod?.state ?? 'no pod yet';
}

function listOf(names: readonly string[]): string {
  const more = names.length > namedItems ? [`${names.length - namedItems} more`] : [];
  return [...names.slice(0, namedItems), ...more].join(', ');
}
