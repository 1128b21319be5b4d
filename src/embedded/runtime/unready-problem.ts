// Says in words why a running process isn't ready, once it has had time to become so.
import { listeningPorts } from './listening-ports.ts';
import type { ProbeResult } from './probe.ts';

const patienceMilliseconds = 3000;

/** A process that isn't ready. */
export interface UnreadyProcess {
  /** Number of its process group. */
  readonly group: number;
  /** What it was given as PORT. */
  readonly port: number;
  /** In ms since 1970. */
  readonly startedAt: number;
}

/** Undefined while it is too early to complain. */
export async function unreadyProblem(
  { group, port, startedAt }: UnreadyProcess,
  result: ProbeResult,
): Promise<string | undefined> {
  if (result.healthy || Date.now() - startedAt < patienceMilliseconds) return undefined;
  if (!result.refused) return `readiness probe failed: ${result.problem}`;
  const others = (await listeningPorts(group)).filter((other) => other !== port);
  const instead = others.length === 0 ? '' : `; it listens on ${others.join(', ')} instead`;
  return `nothing listens on port ${port} (given as PORT)${instead}`;
}
