// What the keeper has done, as an Event of the cluster: `kubectl get events` shows it.
import type { CoreV1Event, V1ObjectReference } from '@kubernetes/client-node';
import { label, managedBy, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';

/** What there is to tell of a virtual environment. */
export interface KeeperEvent {
  readonly environment: string;
  /** Uid of its ConfigMap. */
  readonly uid: string;
  readonly type: 'Normal' | 'Warning';
  /** One word: `Expired`. */
  readonly reason: string;
  readonly message: string;
}

/** The longest message that the API takes, in characters. */
const maxMessage = 1024;

/** Writes an Event on the ConfigMap of a virtual environment, which may be gone. @throws ApiError */
export async function writeKeeperEvent(client: ApiClient, event: KeeperEvent): Promise<void> {
  const name = objectName.environment(event.environment);
  const at = new Date(client.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const involvedObject: V1ObjectReference = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name,
    namespace: client.namespace,
    uid: event.uid,
  };
  await client.create<CoreV1Event>('events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${name}.`, labels: { [label.managedBy]: managedBy } },
    involvedObject,
    type: event.type,
    reason: event.reason,
    message: event.message.slice(0, maxMessage),
    source: { component: objectName.keeper },
    count: 1,
    // The client's types want Dates, the wire has text.
    ...({ firstTimestamp: at, lastTimestamp: at } as object),
  });
}
