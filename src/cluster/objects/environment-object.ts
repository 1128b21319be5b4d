// A virtual environment as a ConfigMap.
import type { V1ConfigMap, V1ManagedFieldsEntry } from '@kubernetes/client-node';
import type { EnvironmentDefinition } from '../../core/environments/environment-definition.ts';
import { annotation, kind, label, managedBy, objectName } from '../../core/labels.ts';
import { fieldOf, foxManagers } from './template-editors.ts';
import { readDefinition } from '../../core/environments/stored-environment.ts';

/** A virtual environment that the cluster has. */
export interface StoredEnvironment {
  readonly definition: EnvironmentDefinition;
  /** Plain traffic without any selector uses it. */
  readonly isDefault: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly resourceVersion: string;
  /** Who has written it last: `jason@laptop`, or another program by its name; absent: nobody knows. */
  readonly changedBy?: string;
  /** uid of the Secret that keeps values for it; absent: none does, or nothing has noted it. */
  readonly secretUid?: string;
  /** Why its object can't be read, as a sentence fragment; the definition is empty then. */
  readonly damage?: string;
}

/** The ConfigMap of a virtual environment. */
export function environmentObject(definition: EnvironmentDefinition, isDefault: boolean): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectName.environment(definition.name),
      labels: {
        [label.managedBy]: managedBy,
        [label.kind]: kind.environment,
        [label.environment]: definition.name,
      },
      ...(isDefault ? { annotations: { [annotation.isDefault]: 'true' } } : {}),
    },
    data: environmentData(definition),
  };
}

/** What the ConfigMap of a virtual environment holds. */
export function environmentData(definition: EnvironmentDefinition): Record<string, string> {
  return { environment: JSON.stringify(definition) };
}

/** The virtual environment in a ConfigMap. */
export function readEnvironment(object: V1ConfigMap): StoredEnvironment {
  const { labels = {}, annotations = {}, creationTimestamp, resourceVersion = '' } = object.metadata ?? {};
  const name = labels[label.environment] ?? '';
  const read = definitionIn(object, name);
  const changedBy = lastWriter(object);
  const secretUid = annotations[annotation.secret];
  return {
    ...(typeof read === 'string' ? { definition: { name, vars: {} }, damage: read } : { definition: read }),
    isDefault: annotations[annotation.isDefault] === 'true',
    createdAt: String(creationTimestamp ?? ''),
    resourceVersion,
    ...(changedBy === undefined ? {} : { changedBy }),
    ...(secretUid === undefined ? {} : { secretUid }),
  };
}

/** fox notes who it writes for; who else has written the definition since is in the API server's records. */
function lastWriter({ metadata }: V1ConfigMap): string | undefined {
  const owners = (metadata?.managedFields ?? []).filter(
    ({ fieldsV1 }) => ['f:data', 'f:environment'].reduce(fieldOf, fieldsV1 as unknown) !== undefined,
  );
  const [last] = owners.toSorted((a, b) => timeOf(b) - timeOf(a));
  const isOurs = last?.manager === undefined || foxManagers.has(last.manager);
  return isOurs ? metadata?.annotations?.[annotation.changedBy] : last.manager;
}

function timeOf({ time }: V1ManagedFieldsEntry): number {
  return time === undefined ? 0 : Date.parse(String(time));
}

/** The definition in the ConfigMap of environment `name`, or why there is none. */
export function definitionIn(object: V1ConfigMap, name: string): EnvironmentDefinition | string {
  const definition = definitions.get(object) ?? readDefinition(object.data?.['environment'], name);
  definitions.set(object, definition);
  return definition;
}

const definitions = new WeakMap<V1ConfigMap, EnvironmentDefinition | string>();
