// What Kubernetes recorded of pods that went wrong: probes that failed, volumes that couldn't be mounted.
import type { CoreV1Event } from '@kubernetes/client-node';
import type { ApiClient } from '../api/api-client.ts';

/** A warning about a pod, or that a container of it was ended for a probe that failed: `Killing`. */
export interface PodWarning {
  readonly reason: string;
  readonly message: string;
}

/** Say only what the pod's own status says, or that it is tried again. */
const redundant: ReadonlySet<string> = new Set(['BackOff', 'FailedScheduling', 'Failed', 'Evicted']);

/** Warnings by the uid of their pod, the latest first, each once; two requests, however many pods. */
export async function podWarnings(
  client: ApiClient,
  uids: ReadonlySet<string>,
): Promise<Map<string, PodWarning[]>> {
  const [warned, killed] = await Promise.all(
    ['type=Warning', 'reason=Killing'].map((fieldSelector) =>
      client.list<CoreV1Event>('events', { fieldSelector }),
    ),
  );
  const ended = (killed?.items ?? []).filter(({ reason, message }) => isKill(reason, message));
  const items = [...(warned?.items ?? []).filter(({ type }) => type === 'Warning'), ...ended];
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

/** `Container web failed liveness probe, will be restarted`; pods that are deleted are ended without such a reason. */
function isKill(reason: string | undefined, message: string | undefined): boolean {
  return reason === 'Killing' && /failed .*probe/.test(message ?? '');
}

/** When it happened last; newer clients of the API note that elsewhere than older ones. */
function seenAt({ series, lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  const last = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return Date.parse(String(last ?? '')) || 0;
}
