// How many streams end when workloads go: those that are open on their pods, whichever version they belong to.
import type { Namespace } from '../../cluster/namespace.ts';
import { liveRouters } from '../../cluster/routers/routers.ts';
import { openStreams } from '../../core/routing/stream-report.ts';
import { workloadKey } from '../../core/version/workload.ts';
import { whereAllowed } from '../session/access.ts';

/** Open streams by workload key, as of a second or two ago; none where one may not ask the routers. */
export async function streamsByWorkload({ client }: Pick<Namespace, 'client'>): Promise<Map<string, number>> {
  const routers = await whereAllowed(liveRouters(client), [], () => undefined);
  const streams = new Map<string, number>();
  for (const count of routers.flatMap((router) => router.streams)) {
    const key = workloadKey(count);
    streams.set(key, (streams.get(key) ?? 0) + openStreams([count]));
  }
  return streams;
}

/** How many of them end with these workloads. */
export function cutStreams(
  streams: ReadonlyMap<string, number>,
  workloads: readonly Parameters<typeof workloadKey>[0][],
): number {
  return workloads.reduce((sum, workload) => sum + (streams.get(workloadKey(workload)) ?? 0), 0);
}
