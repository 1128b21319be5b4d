// Values that stay in the Secret of a deleted virtual environment, as releases elsewhere need them: a new one doesn't get them.
import type { V1Secret } from '@kubernetes/client-node';
import { annotation, label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';

/** Keys of values that an environment had which was deleted, and no later one has set again. */
export function leftKeys(secret: V1Secret | undefined): ReadonlySet<string> {
  const noted = secret?.metadata?.annotations?.[annotation.left] ?? '';
  return new Set(noted.split(',').filter((key) => key !== ''));
}

/** What of a Secret's metadata notes them; null takes the note back. */
export function notingLeft(keys: Iterable<string>): { annotations: Record<string, string | null> } {
  return { annotations: { [annotation.left]: [...keys].join(',') || null } };
}

/** Notes that an environment whose values stay is deleted. Not for who may not read Secrets: they stay as they are. */
export async function leaveValues(client: ApiClient, environment: string): Promise<void> {
  const name = objectName.environment(environment);
  try {
    const secret = await client.get<V1Secret>('secrets', name);
    const { labels = {}, resourceVersion } = secret?.metadata ?? {};
    if (secret === undefined || labels[label.managedBy] !== managedBy) return;
    const metadata = { resourceVersion, ...notingLeft(Object.keys(secret.data ?? {})) };
    await client.patch('secrets', name, { metadata });
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
  }
}
