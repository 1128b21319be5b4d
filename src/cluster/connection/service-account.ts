// The service account of the pod that fox runs in, as a cluster and a user.
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { FoxError } from '../../core/errors.ts';
import { fileSystemError, hasCode } from '../../core/file-system-error.ts';
import type { ClusterEntry, ContextEntry, UserEntry } from './kubeconfig.ts';

/** Name that stands for the service account of the pod that fox runs in, instead of a context. */
export const inCluster = 'in-cluster';

/** What a context leads to. */
export interface ContextTarget {
  readonly context: ContextEntry;
  readonly cluster: ClusterEntry;
  readonly user?: UserEntry;
}

/**
 * @param root where the account is mounted, before `/var/run/secrets/…`. Default: the root.
 * @throws FoxError CLUSTER_NOT_CONFIGURED outside of a pod.
 */
export async function serviceAccount(
  env: Readonly<Record<string, string | undefined>>,
  root = '/',
): Promise<ContextTarget> {
  const directory = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  const [host = '', port = ''] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']];
  const namespace = await optionalText(join(directory, 'namespace'));
  const tokenFile = join(directory, 'token');
  if (host === '' || port === '' || (await optionalText(tokenFile)) === undefined) throw noPod();
  return {
    context: { cluster: inCluster, ...(namespace === undefined ? {} : { namespace }) },
    cluster: {
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      authorityFile: join(directory, 'ca.crt'),
      skipTlsVerify: false,
      raw: {},
    },
    user: { tokenFile },
  };
}

function noPod(): FoxError {
  return new FoxError(
    'CLUSTER_NOT_CONFIGURED',
    `context ${inCluster} is meant for a pod of the cluster, and this is none: there is no service account's token`,
    { hints: ['Choose a context of your kubeconfig with `--context`.'] },
  );
}

async function optionalText(file: string): Promise<string | undefined> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    return text === '' ? undefined : text;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw fileSystemError(error, "read the pod's service account", file);
  }
}
