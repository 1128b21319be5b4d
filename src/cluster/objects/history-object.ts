// The bounded history of releases of one app in one virtual environment, as a ConfigMap.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import { parseReleaseRecord, type ReleaseRecord } from '../../core/release.ts';
import type { ApiClient } from '../api/api-client.ts';

/** How many past releases are kept. */
const historyLimit = 50;

/** The ConfigMap with the newest of these records. */
function historyObject(app: string, environment: string, records: readonly ReleaseRecord[]): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectName.history(app, environment),
      labels: {
        [label.managedBy]: managedBy,
        [label.partOf]: app,
        [label.kind]: kind.history,
        [label.app]: app,
        [label.environment]: environment,
      },
    },
    data: Object.fromEntries(
      records.slice(0, historyLimit).map((record) => [String(record.revision), JSON.stringify(record)]),
    ),
  };
}

/** Records of the ConfigMap, newest first. */
export function readHistory(object: V1ConfigMap | undefined): ReleaseRecord[] {
  return Object.entries(object?.data ?? {})
    .map(([revision, text]) => parseReleaseRecord(text, `${object?.metadata?.name ?? ''}/${revision}`))
    .toSorted((a, b) => b.revision - a.revision);
}

/** Keeps a record that is about to be replaced. Idempotent by its id. */
export async function keepHistory(
  client: ApiClient,
  app: string,
  environment: string,
  record: ReleaseRecord,
): Promise<void> {
  const name = objectName.history(app, environment);
  const existing = await client.get<V1ConfigMap>('configmaps', name);
  const past = readHistory(existing);
  if (past.some(({ id }) => id === record.id)) return;
  const object = historyObject(app, environment, [record, ...past]);
  if (existing === undefined) await client.create('configmaps', object);
  else {
    const resourceVersion = existing.metadata?.resourceVersion;
    const guard = resourceVersion === undefined ? {} : { resourceVersion };
    await client.replace('configmaps', name, {
      ...object,
      metadata: { ...object.metadata, ...guard },
    });
  }
}
