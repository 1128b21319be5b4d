// The embedded cluster's address and credentials, from the kubeconfig that it writes: JSON, so that reading it costs nothing.
import { readFile } from 'node:fs/promises';
import { FoxError } from '../../core/errors.ts';
import type { Connection } from '../api/transport.ts';

interface KubeconfigFile {
  readonly clusters?: {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users?: { readonly user: { readonly token: string } }[];
}

const hints = {
  unreachable: [
    'Run the command again: it starts the embedded cluster if that has ended.',
    '`fox cluster stop` ends one that hangs.',
  ],
  unauthorized: ['`fox cluster stop && fox cluster start` writes its kubeconfig anew.'],
};

/**
 * The connection in a kubeconfig of fox's own making: JSON with one cluster and one user.
 * @throws FoxError CLUSTER_UNREACHABLE if it is missing or damaged.
 */
export async function readConnection(file: string): Promise<Connection> {
  try {
    const config = JSON.parse(await readFile(file, 'utf8')) as KubeconfigFile;
    const cluster = config.clusters?.[0]?.cluster;
    const token = config.users?.[0]?.user.token;
    if (cluster === undefined || token === undefined) throw new Error('it names no cluster or no user');
    const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8');
    const options = { ca, headers: { authorization: `Bearer ${token}` } };
    return { server: cluster.server, options: () => options, hints };
  } catch (cause) {
    throw new FoxError(
      'CLUSTER_UNREACHABLE',
      `${file} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hints: ['`fox cluster stop && fox cluster start` writes it anew.'],
        cause,
      },
    );
  }
}
