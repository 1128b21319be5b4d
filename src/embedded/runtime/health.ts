// Follows the health of a running process: when it becomes ready and stops being so, and when it must be restarted.
import { pause } from './pause.ts';
import type { Probe } from './pod.ts';
import { probeOnce, type ProbeResult } from './probe.ts';

/** The process that is looked at, until the signal aborts. */
export interface HealthTarget {
  /** What it was given as PORT. */
  readonly port: number;
  readonly signal: AbortSignal;
}

/** Told after each change, and waited for; `result` is the probe's that led to it. */
export interface ReadinessListener {
  (ready: boolean, result: ProbeResult): void | Promise<void>;
}

const firstPause = 25;
const longestStartPause = 1000;

/**
 * Reports readiness. A process that isn't ready yet is asked often, so that it can be used as soon as it is, and each
 * failure is reported. Without a probe it is ready from the first accepted connection until it ends.
 */
export async function followReadiness(
  probe: Probe | undefined,
  target: HealthTarget,
  report: ReadinessListener,
): Promise<void> {
  const period = seconds(probe?.periodSeconds, 10);
  let [ready, wasReady, failures, successes, startPause] = [false, false, 0, 0, firstPause];
  await pause(seconds(probe?.initialDelaySeconds, 0), target.signal);
  while (!target.signal.aborted) {
    const result = await probeOnce(probe, target.port);
    if (target.signal.aborted) return;
    [failures, successes] = result.healthy ? [0, successes + 1] : [failures + 1, 0];
    const flips = ready
      ? failures >= (probe?.failureThreshold ?? 3)
      : successes >= (probe?.successThreshold ?? 1);
    if (flips) {
      ready = !ready;
      wasReady = true;
      await report(ready, result);
    } else if (!ready && !result.healthy) await report(false, result);
    if (ready && probe === undefined) return;
    await pause(wasReady ? period : startPause, target.signal);
    startPause = Math.min(startPause * 1.5, longestStartPause, period);
  }
}

/** Resolves to the last failure when a probe has failed too often, or to undefined when the signal aborts. */
export async function untilUnhealthy(probe: Probe, target: HealthTarget): Promise<ProbeResult | undefined> {
  await pause(seconds(probe.initialDelaySeconds, 0), target.signal);
  for (let failures = 0; !target.signal.aborted;) {
    const result = await probeOnce(probe, target.port);
    failures = result.healthy ? 0 : failures + 1;
    if (failures >= (probe.failureThreshold ?? 3) && !target.signal.aborted) return result;
    await pause(seconds(probe.periodSeconds, 10), target.signal);
  }
  return undefined;
}

/** Resolves when a startup probe succeeds, or to its failure when it has failed too often. */
export async function untilStarted(probe: Probe, target: HealthTarget): Promise<ProbeResult | undefined> {
  await pause(seconds(probe.initialDelaySeconds, 0), target.signal);
  for (let failures = 0; !target.signal.aborted;) {
    const result = await probeOnce(probe, target.port);
    if (result.healthy) return undefined;
    failures += 1;
    if (failures >= (probe.failureThreshold ?? 3)) return result;
    await pause(seconds(probe.periodSeconds, 10), target.signal);
  }
  return undefined;
}

function seconds(value: number | undefined, fallback: number): number {
  return (value ?? fallback) * 1000;
}
