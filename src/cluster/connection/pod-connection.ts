// The connection of a program that runs in a pod of the cluster all its life: its service account, and nothing else to choose.
import { identitySource, readPem } from './identity.ts';
import { inCluster, serviceAccount } from './service-account.ts';
import type { Connection } from '../api/transport.ts';

/**
 * @param root where the account is mounted, before `/var/run/secrets/…`. Default: the root.
 * @throws FoxError CLUSTER_NOT_CONFIGURED outside of a pod.
 */
export async function podConnection(
  env: Readonly<Record<string, string | undefined>>,
  root?: string,
): Promise<Connection> {
  const { cluster, user = {} } = await serviceAccount(env, root);
  const ca = await readPem(cluster.authorityFile, cluster.authorityData);
  // Its token is read again as it is rotated.
  const identity = identitySource(user, { context: inCluster, askPlugin: noPlugin });
  return {
    server: cluster.server ?? '',
    options: async () => ({
      ...(ca === undefined ? {} : { ca }),
      headers: (await identity.get()).headers,
    }),
    renew: (refused) => identity.renew(refused),
    hints: { unreachable: [], unauthorized: [] },
  };
}

async function noPlugin(): Promise<never> {
  throw new Error('a service account has no credential plugin');
}
