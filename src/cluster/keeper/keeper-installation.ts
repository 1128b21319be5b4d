// What is installed of the keeper in a namespace.
import type { V1Deployment } from '@kubernetes/client-node';
import { annotation, objectName } from '../../core/labels.ts';
import type { ApiClient } from '../api/api-client.ts';

/** The keeper's Deployment. */
export interface InstalledKeeper {
  /** Version of fox that it is of; absent on what fox didn't make. */
  readonly foxVersion?: string;
  readonly replicas: number;
}

/** Undefined if none is installed. */
export async function installedKeeper(client: ApiClient): Promise<InstalledKeeper | undefined> {
  const deployment = await client.get<V1Deployment>('deployments', objectName.keeper);
  if (deployment === undefined) return undefined;
  const foxVersion = deployment.metadata?.annotations?.[annotation.foxVersion];
  return { replicas: deployment.spec?.replicas ?? 1, ...(foxVersion === undefined ? {} : { foxVersion }) };
}
