// The files that an image is built from: a component's directory and shared paths as the commit has them, in scratch.
import { lstat, mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { FoxError } from '../core/errors.ts';
import { fileSystemError, hasCode } from '../core/file-system-error.ts';
import type { BuildRequest } from './builder.ts';
import { cancelled } from './cancelled.ts';
import { makeScratch, removeScratch } from './scratch.ts';

/** Files to build from, in a scratch directory that is the build's own. */
export interface BuildTree {
  readonly scratch: string;
  /** The repository's root, with nothing else of it than the component's paths. */
  readonly tree: string;
  /** The component's directory, relative to the repository's root; `''`: the root itself. */
  readonly path: string;
}

/**
 * Gives `work` the files of a request, and what it answers a `dispose` that removes them.
 * @throws what it throws, or FoxError CANCELLED on abort; then they are removed already.
 */
export async function withBuildTree<T>(
  request: Pick<BuildRequest, 'path' | 'readTree' | 'reference' | 'scratch' | 'signal'>,
  work: (files: BuildTree) => Promise<T>,
): Promise<T & { dispose(): Promise<void> }> {
  const { signal } = request;
  const scratch = await makeScratch(request.scratch);
  const dispose = () => removeScratch(scratch);
  try {
    const path = posix.join('.', request.path).replace(/^\.$|\/$/, '');
    const tree = join(scratch, 'tree');
    await mkdir(tree);
    await request.readTree(tree, signal);
    signal.throwIfAborted();
    await requireDirectory(join(tree, path), request);
    return { ...(await work({ scratch, tree, path })), dispose };
  } catch (error) {
    // What can't be removed now is removed by a later build; the build's own error matters more.
    await dispose().catch(() => undefined);
    throw signal.aborted ? cancelled(signal) : error;
  }
}

async function requireDirectory(
  directory: string,
  { reference, path }: Pick<BuildRequest, 'reference' | 'path'>,
): Promise<void> {
  const found = await lstat(directory).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw fileSystemError(error, 'read', directory);
  });
  if (found?.isDirectory() === true) return;
  throw new FoxError(
    'BUILD_FAILED',
    `${path}, the path of ${reference.component}, is not a directory at the commit`,
  );
}
