// The built-in builder for Kubernetes: a base image that stays in its registry, a layer of dependencies, and one of the application.
import { join } from 'node:path';
import type { TreeBuild } from '../core/version/app.ts';
import { FoxError } from '../core/errors.ts';
import type { BasePlatform, FindBase } from './base-image.ts';
import { type BuildTree, withBuildTree } from './build-tree.ts';
import type { Builder, BuildRequest } from './builder.ts';
import { dependencyDirectories } from './dependencies.ts';
import { type AddedLayer, configOnBase } from './image-config.ts';
import { baseAnnotations, originLabels } from './image-origin.ts';
import { type BuiltImage, composeImage } from './image.ts';
import { namedImageError } from './remote-image.ts';
import { writeLayer } from './layer.ts';
import { type ProcessEnvironment, runTreeCommand, workingDirectory } from './tree-builder.ts';

/**
 * Builds without daemon. `env` is the environment that build commands see a part of; they run on this machine, once,
 * whatever the platforms. Same files, same base digest, and same commit: same digest, on any machine; the layers are
 * the same for other commits, too.
 */
export function layeredBuilder(env: ProcessEnvironment, findBase: FindBase): Builder<TreeBuild, BuiltImage> {
  return {
    build: async (request) => {
      const { platforms, origin, reference, baseKey } = request;
      // First, as this may fail, and a build command may take minutes.
      const named = requireBase(request);
      const base = await findBase(named, platforms).catch((error: unknown) => {
        throw namedImageError(error, named, baseKey ?? `components.${reference.component}.build.base`);
      });
      return withBuildTree(request, async (files) => {
        const added = await buildLayers(request, files, env);
        const images = [...base.platforms].map(([platform, below]) => {
          return { platform, ...onBase(below, added, workingDirectory(files), request) };
        });
        return composeImage(images, { ...originLabels(origin), ...baseAnnotations(base.origin) });
      });
    },
  };
}

function onBase(
  { config, layers }: BasePlatform,
  added: readonly AddedLayer[],
  workingDir: string,
  { origin }: BuildRequest<TreeBuild>,
) {
  return {
    layers: [...layers, ...added.map(({ layer }) => layer)],
    config: configOnBase(config, added, workingDir, origin),
  };
}

async function buildLayers(
  request: BuildRequest<TreeBuild>,
  files: BuildTree,
  env: ProcessEnvironment,
): Promise<AddedLayer[]> {
  const { scratch, tree } = files;
  const { signal } = request;
  const held = new Set(await dependencyDirectories(tree));
  await runTreeCommand(request, files, env);
  const made = (await dependencyDirectories(tree)).filter((each) => !held.has(each));
  const dependencies =
    made.length === 0
      ? []
      : [
          {
            layer: await writeLayer(tree, join(scratch, 'dependencies.tar'), signal, { only: made }),
            comment: 'dependencies',
          },
        ];
  const application = await writeLayer(tree, join(scratch, 'application.tar'), signal, { without: made });
  return [...dependencies, { layer: application, comment: 'application' }];
}

function requireBase({ build, reference }: BuildRequest<TreeBuild>): string {
  if (build.base !== undefined) return build.base;
  throw new FoxError('BUILD_FAILED', `${reference.component} has no base image to stand on in Kubernetes`, {
    hints: ['Name one in the config: `build: { base: node:24-slim }`.'],
  });
}
