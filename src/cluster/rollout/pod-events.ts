// What Kubernetes recorded of pods that went wrong: probes that failed, volumes that couldn't be mounted.
import type { CoreV1Event } from '@kubernetes/client-node';
import type { ApiClient } from '../api/api-client.ts';

/** A warning about a pod. */
export interface PodWarning {
  readonly reason: string;
  readonly message: string;
}

/** Say only what the pod's own status says, or that it is tried again. */
const redundant: ReadonlySet<string> = new Set(['BackOff', 'FailedScheduling', 'Failed', 'Evicted']);

/** Warnings by the uid of their pod, the latest first, each once; one request, however many pods. */
export async function podWarnings(
  client: ApiClient,
  uids: ReadonlySet<string>,
): Promise<Map<string, PodWarning[]>> {
  const { items } = await client.list<CoreV1Event>('events', { fieldSelector: 'type=Warning' });
  const warnings = new Map<string, PodWarning[]>();
  for (const event of items.toSorted((a, b) => seenAt(b) - seenAt(a))) {
    const { reason = '', message = '', involvedObject } = event;
    const uid = involvedObject.uid ?? '';
    if (!uids.has(uid) || redundant.has(reason) || message === '') continue;
    const known = warnings.get(uid) ?? [];
    warnings.set(uid, known);
    if (!known.some((each) => each.message === message)) known.push({ reason, message });
  }
  return warnings;
}

/** When it happened last; newer clients of the API note that elsewhere than older ones. */
function seenAt({ series, lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  const last = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return Date.parse(String(last ?? '')) || 0;
}
