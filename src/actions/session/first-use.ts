// Keeps a machine that so far used the embedded cluster from changing a real one because a config now says so.
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FoxError } from '../../core/errors.ts';
import { hasCode } from '../../core/file-system-error.ts';
import { makeHome } from '../place/home.ts';

/** A cluster that is about to be changed. */
export interface ClusterUse {
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
  /** It was named for this command. */
  readonly isExplicit: boolean;
  /** Nobody named it: it is what the kubeconfig has as its current context. */
  readonly isCurrent: boolean;
}

/**
 * Notes that the cluster is used from here. Where the embedded one was used before, the first use must name the
 * cluster: the config may have come with a `git pull`. So must it where another cluster was used and this one is but
 * the kubeconfig's current context: that is changed in another terminal, for something else.
 * @throws FoxError REFUSED
 */
export async function allowFirstUse(home: string, use: ClusterUse): Promise<void> {
  const file = join(home, 'clusters.json');
  const known = await readKnown(file);
  if (known.includes(use.server)) return;
  if (!use.isExplicit) {
    const [other] = known.toReversed();
    if (use.isCurrent && other !== undefined) throw refusal(use, `cluster ${other}`);
    if (existsSync(join(home, 'cluster'))) throw refusal(use, 'the embedded cluster');
  }
  await remember(home, file, [...known, use.server]);
}

function refusal({ context, server, namespace }: ClusterUse, before: string): FoxError {
  return new FoxError(
    'REFUSED',
    `this would be the first change of cluster ${context} (${server}), namespace ${namespace}, from here; so far ${before} was used`,
    {
      hints: [
        `\`--context ${context}\` (or FOX_CONTEXT) says that it is meant; it is asked for once.`,
        '`--context embedded` works on the embedded cluster.',
      ],
    },
  );
}

/** Addresses of clusters that were changed from here, the latest last. A damaged file names none: then the question comes once more. */
async function readKnown(file: string): Promise<string[]> {
  try {
    const known: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(known) ? known.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}

/** Where nothing can be written, the embedded cluster can't have been used either, and it is asked for again at worst. */
async function remember(home: string, file: string, known: readonly string[]): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  try {
    await makeHome(home);
    await writeFile(temporary, JSON.stringify(known), { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    if (!(error instanceof FoxError) && !hasCode(error, 'EROFS', 'EACCES', 'EPERM', 'ENOSPC')) throw error;
  }
}
