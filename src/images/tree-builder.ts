// The built-in builder: a component's files at the commit, and what its build command makes of them, become one layer.
import { lstat, mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { FoxError } from '../core/errors.ts';
import { buildEnvironment } from './build-environment.ts';
import { runBuildCommand } from './build-command.ts';
import type { Builder, BuildRequest } from './builder.ts';
import { cancelled } from './cancelled.ts';
import { fileSystemError, hasCode } from '../core/file-system-error.ts';
import { type BuiltImage, composeImage } from './image.ts';
import { imageRoot, writeLayer } from './layer.ts';
import { makeScratch, removeScratch } from './scratch.ts';

/**
 * Builds without daemon and without base image. `env` is the environment that build commands see a part of.
 * The image holds the repository's files at `/app`, its working directory is the component's. Same files (and a
 * build command that does the same): same digest, on any machine.
 */
export function treeBuilder(env: Readonly<Record<string, string | undefined>>): Builder {
  return { build: (request) => build(request, env) };
}

async function build(
  request: BuildRequest,
  env: Readonly<Record<string, string | undefined>>,
): Promise<BuiltImage> {
  const scratch = await makeScratch(request.scratch);
  const dispose = () => removeScratch(scratch);
  try {
    const path = posix.join('.', request.path).replace(/^\.$|\/$/, '');
    const tree = join(scratch, 'tree');
    await mkdir(tree);
    await request.readTree(tree, request.signal);
    request.signal.throwIfAborted();
    await requireDirectory(join(tree, path), request);
    await runCommand(request, join(tree, path), buildEnvironment(env, scratch));
    const layer = await writeLayer(tree, join(scratch, 'layer.tar'), request.signal);
    return { ...composeImage([layer], posix.join('/', imageRoot, path)), dispose };
  } catch (error) {
    // What can't be removed now is removed later by its age; the build's own error matters more.
    await dispose().catch(() => undefined);
    throw request.signal.aborted ? cancelled(request.signal) : error;
  }
}

async function runCommand(
  { reference, command, onOutput, signal }: BuildRequest,
  directory: string,
  env: Record<string, string>,
): Promise<void> {
  if (command === undefined) return;
  await runBuildCommand({ component: reference.component, command, directory, env, onOutput, signal });
}

async function requireDirectory(directory: string, { reference, path }: BuildRequest): Promise<void> {
  const found = await lstat(directory).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw fileSystemError(error, 'read', directory);
  });
  if (found?.isDirectory() === true) return;
  throw new FoxError(
    'BUILD_FAILED',
    `${path}, the path of ${reference.component}, is not a directory at the commit`,
  );
}
