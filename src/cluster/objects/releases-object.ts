// The ConfigMap with all releases of a namespace: changed in one guarded write, which counts its epoch up.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import { epochKey, parseReleases, type Releases } from '../../core/release.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';

/** Writes what `change` makes of what is there; asked again when somebody else's write came in between. */
export async function updateReleases(
  client: ApiClient,
  change: (now: Releases) => Record<string, string | null>,
): Promise<{ epoch: number; sentAt: number }> {
  for (;;) {
    const object = await client.get<V1ConfigMap>('configmaps', objectName.releases);
    const now = parseReleases(object?.data);
    const epoch = now.epoch + 1;
    const data = { ...change(now), [epochKey]: String(epoch) };
    const sentAt = performance.now();
    try {
      if (object === undefined) await client.create('configmaps', releasesObject(data));
      else {
        const { resourceVersion } = object.metadata ?? {};
        await client.patch('configmaps', objectName.releases, { metadata: { resourceVersion }, data });
      }
      return { epoch, sentAt };
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
    }
  }
}

function releasesObject(data: Record<string, string | null>): V1ConfigMap {
  const entries = Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== null);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectName.releases,
      labels: { [label.managedBy]: managedBy, [label.kind]: kind.releases },
    },
    data: Object.fromEntries(entries),
  };
}
