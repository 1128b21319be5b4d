// Writing the ConfigMaps of virtual environments, so that nobody's change gets lost unseen.
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { EnvironmentDefinition } from '../../core/environments/environment-definition.ts';
import { annotation, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';
import {
  environmentData,
  environmentObject,
  readEnvironment,
  type StoredEnvironment,
} from './environment-object.ts';

/** Who writes, and what was there when it was decided what to write. */
export interface EnvironmentWrite {
  readonly definition: EnvironmentDefinition;
  /** As it was seen; absent: it wasn't there. */
  readonly replaces?: StoredEnvironment | undefined;
  /** It is the environment of plain traffic without any selector. Only where it is created. */
  readonly isDefault: boolean;
  /** `jason@laptop`. */
  readonly by: string;
  /** uid of the Secret that keeps values for it; absent: what is noted stays. */
  readonly secretUid?: string | undefined;
}

/** Creates or changes a virtual environment. @returns false if somebody else has written or deleted it meanwhile. */
export async function writeEnvironment(
  client: ApiClient,
  { definition, replaces, isDefault, by, secretUid }: EnvironmentWrite,
): Promise<boolean> {
  const { name } = definition;
  const noted = {
    [annotation.changedBy]: by,
    ...(secretUid === undefined ? {} : { [annotation.secret]: secretUid }),
  };
  try {
    if (replaces === undefined) {
      const object = environmentObject(definition, isDefault);
      const annotations = { ...object.metadata?.annotations, ...noted };
      await client.create('configmaps', { ...object, metadata: { ...object.metadata, annotations } });
    } else {
      const { resourceVersion } = replaces;
      // Nothing else of the object is touched: others may have put labels on it.
      await client.patch('configmaps', objectName.environment(name), {
        metadata: { resourceVersion, annotations: noted },
        data: environmentData(definition),
      });
    }
    return true;
  } catch (error) {
    if (isStatus(error, 409) || isStatus(error, 404)) return false;
    throw error;
  }
}

/** A virtual environment as it is now; undefined if there is none. */
export async function readStoredEnvironment(
  client: ApiClient,
  name: string,
): Promise<StoredEnvironment | undefined> {
  const object = await client.get<V1ConfigMap>('configmaps', objectName.environment(name));
  return object === undefined ? undefined : readEnvironment(object);
}
