// The bounded history of releases of one app in one virtual environment, as a ConfigMap.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import { parseReleaseRecord, type ReleaseRecord } from '../../core/release.ts';

/** How many past releases are kept. */
const historyLimit = 50;

/** The ConfigMap with the newest of these records. */
export function historyObject(
  app: string,
  environment: string,
  records: readonly ReleaseRecord[],
): V1ConfigMap {
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
