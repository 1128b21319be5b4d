// Applies a container's three probes to its running process.
import { followReadiness, untilStarted, untilUnhealthy } from './health.ts';
import type { Container } from './pod.ts';
import type { ProbeResult } from './probe.ts';
import { unreadyProblem } from './unready-problem.ts';

/** A process that runs. */
export interface HealthSubject {
  readonly container: Container;
  /** Number of its process group. */
  readonly group: number;
  /** What it was given as PORT. */
  readonly port: number;
  /** It is expected to listen on PORT; else it is ready as soon as it runs, unless a probe says otherwise. */
  readonly listens: boolean;
  /** In ms since 1970. */
  readonly startedAt: number;
}

/** What is found out. */
export interface HealthListener {
  /** The startup probe succeeded. */
  readonly started: () => void;
  /** `problem`: why it isn't ready, once it has had time to become so. */
  readonly readiness: (ready: boolean, problem: string | undefined) => void;
  /** The startup or liveness probe failed: the process must be restarted. */
  readonly failed: (why: string) => void;
}

/** Watches until the signal aborts. */
export async function watchHealth(
  subject: HealthSubject,
  listener: HealthListener,
  signal: AbortSignal,
): Promise<void> {
  const { container, port } = subject;
  const { startupProbe, livenessProbe } = container;
  const target = { port, signal };
  if (startupProbe !== undefined) {
    const failure = await untilStarted(startupProbe, target);
    if (signal.aborted) return;
    if (failure !== undefined) return listener.failed(words('Startup', failure));
    listener.started();
  }
  const watchLife = async () => {
    const failure = livenessProbe === undefined ? undefined : await untilUnhealthy(livenessProbe, target);
    if (failure !== undefined) listener.failed(words('Liveness', failure));
  };
  await Promise.all([watchReadiness(subject, listener, signal), watchLife()]);
}

async function watchReadiness(
  subject: HealthSubject,
  listener: HealthListener,
  signal: AbortSignal,
): Promise<void> {
  const { container, port, listens } = subject;
  const { readinessProbe } = container;
  if (readinessProbe === undefined && !listens) return listener.readiness(true, undefined);
  await followReadiness(readinessProbe, { port, signal }, async (ready, result) => {
    const problem = ready ? undefined : await unreadyProblem(subject, result);
    if (!signal.aborted) listener.readiness(ready, problem);
  });
}

function words(probe: 'Startup' | 'Liveness', result: ProbeResult): string {
  return `${probe} probe failed: ${result.healthy ? '' : result.problem}`;
}
