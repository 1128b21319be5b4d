// Where the embedded cluster is and how to prove who one is, from the kubeconfig that it writes.
import { readFile } from 'node:fs/promises';
import { FoxError } from '../core/errors.ts';
import type { Connection } from './transport.ts';

interface KubeconfigFile {
  readonly clusters?: {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users?: { readonly user: { readonly token: string } }[];
}

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
    return {
      server: cluster.server,
      certificateAuthority: Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8'),
      token,
    };
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
