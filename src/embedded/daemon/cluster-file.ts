// `cluster.json`: what a running daemon says of itself to those who have no other way to ask.
import { fileSystemError } from '../../core/file-system-error.ts';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../runtime/process-identity.ts';
import { writePrivateFile } from './private-file.ts';

/** The file's content. It is there from when the API answers until the daemon begins to stop. */
export interface ClusterFile {
  /** The daemon. */
  readonly process: ProcessIdentity;
  /** RFC 3339. */
  readonly startedAt: string;
  /** Base URL of the API. */
  readonly server: string;
  /** Base URL of the router's edge. */
  readonly edge: string;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  /** What the API's clients need, as in the kubeconfig. */
  readonly token: string;
  readonly authority: string;
  /** fox's version. */
  readonly version: string;
  /** Ports that had to change because somebody else has them. */
  readonly moved?: MovedPorts;
}

/** Ports that are no longer those of the last time. */
export interface MovedPorts {
  readonly server?: { readonly from: number; readonly to: number };
  readonly edge?: { readonly from: number; readonly to: number };
}

/** What the daemon of this home wrote; undefined when none did, or the file is damaged. Synchronous: it is read by every command. */
export function readClusterFile(home: string): ClusterFile | undefined {
  try {
    const file = JSON.parse(readFileSync(clusterFilePath(home), 'utf8')) as Partial<ClusterFile> | null;
    return typeof file?.process?.pid === 'number' ? (file as ClusterFile) : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || error instanceof SyntaxError) return undefined;
    throw fileSystemError(error, 'read what the embedded cluster says of itself', clusterFilePath(home));
  }
}

/** Tells the world that the cluster runs. */
export async function writeClusterFile(home: string, file: ClusterFile): Promise<void> {
  await writePrivateFile(clusterFilePath(home), `${JSON.stringify(file, undefined, 2)}\n`);
}

/** The cluster no longer runs. To be called by who has the claim. */
export async function removeClusterFile(home: string): Promise<void> {
  await rm(clusterFilePath(home), { force: true });
}

/** This daemon is about to end: its file goes, but not that of another one which has taken its place. */
export async function withdrawClusterFile(home: string, daemon: ProcessIdentity): Promise<void> {
  const found = readClusterFile(home)?.process;
  if (found?.pid === daemon.pid && found.startTime === daemon.startTime) await removeClusterFile(home);
}

function clusterFilePath(home: string): string {
  return join(home, 'cluster.json');
}
