// The built-in builder for the embedded cluster: a component's files, and what its build command makes of them, in one layer.
import { join, posix } from 'node:path';
import type { TreeBuild } from '../core/version/app.ts';
import { buildEnvironment } from './build-environment.ts';
import { runBuildCommand } from './build-command.ts';
import { type BuildTree, withBuildTree } from './build-tree.ts';
import type { Builder, BuildRequest } from './builder.ts';
import { type BuiltImage, composeImage, plainConfig } from './image.ts';
import { imageRoot, writeLayer } from './layer.ts';

/** Environment variables that build commands see a part of. */
export type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * Builds without daemon and without base image: programs are those of the machine that runs it.
 * The image holds the repository's files at `/app`, its working directory is the component's. Same files (and a
 * build command that does the same): same digest, on any machine.
 */
export function treeBuilder(env: ProcessEnvironment): Builder<TreeBuild, BuiltImage> {
  return {
    build: (request) =>
      withBuildTree(request, async (files) => {
        await runTreeCommand(request, files, env);
        const layer = await writeLayer(files.tree, join(files.scratch, 'layer.tar'), request.signal);
        const config = plainConfig([layer], workingDirectory(files));
        return composeImage([{ platform: '', layers: [layer], config }]);
      }),
  };
}

/** Runs a component's build command, if it has one. */
export async function runTreeCommand(
  { reference, build, onOutput, signal }: BuildRequest<TreeBuild>,
  { scratch, tree, path }: BuildTree,
  env: ProcessEnvironment,
): Promise<void> {
  if (build.command === undefined) return;
  await runBuildCommand({
    component: reference.component,
    command: build.command,
    directory: join(tree, path),
    env: buildEnvironment(env, scratch),
    onOutput,
    signal,
  });
}

/** Where a component's process starts in its image. */
export function workingDirectory({ path }: BuildTree): string {
  return posix.join('/', imageRoot, path);
}
