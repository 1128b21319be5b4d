// A virtual environment as a ConfigMap.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { emptyEnvironment, type Environment } from '../../core/environment.ts';
import { annotation, kind, label, managedBy, objectName } from '../../core/labels.ts';

/** A virtual environment that the cluster has. */
export interface StoredEnvironment {
  readonly environment: Environment;
  /** Plain traffic without any selector uses it. */
  readonly isDefault: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** The ConfigMap of a new virtual environment. */
export function environmentObject(environment: Environment, isDefault: boolean): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectName.environment(environment.name),
      labels: {
        [label.managedBy]: managedBy,
        [label.kind]: kind.environment,
        [label.environment]: environment.name,
      },
      ...(isDefault ? { annotations: { [annotation.isDefault]: 'true' } } : {}),
    },
    data: { environment: JSON.stringify(environment) },
  };
}

/** The virtual environment in a ConfigMap. */
export function readEnvironment(object: V1ConfigMap): StoredEnvironment {
  const { labels = {}, annotations = {}, creationTimestamp } = object.metadata ?? {};
  const text = object.data?.['environment'];
  return {
    environment:
      text === undefined
        ? emptyEnvironment(labels[label.environment] ?? '')
        : (JSON.parse(text) as Environment),
    isDefault: annotations[annotation.isDefault] === 'true',
    createdAt: String(creationTimestamp ?? ''),
  };
}
