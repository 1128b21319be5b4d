// The builder of Dockerfiles: has a program that is installed build the commit's files, and takes the image from it.
import { randomUUID } from 'node:crypto';
import { lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DockerfileBuild } from '../../core/version/app.ts';
import { FoxError } from '../../core/errors.ts';
import { fileSystemError, hasCode } from '../../core/file-system-error.ts';
import { withBuildTree } from '../build-tree.ts';
import type { Builder, BuildRequest } from '../builder.ts';
import { runChild } from '../child-process.ts';
import { configWithOrigin } from '../image-config.ts';
import { originLabels } from '../image-origin.ts';
import { type BuiltImage, composeImage, type PlatformImage } from '../image.ts';
import { buildFailed, saveFailed } from './build-failure.ts';
import type { ReadyTool } from './find-tool.ts';
import { fits } from '../remote-image.ts';
import { type ArchivedImage, readImageArchive } from './image-archive.ts';
import { settleTree } from './settle-tree.ts';
import type { DockerfileJob } from './tool-commands.ts';

/** Options of the builder. */
export interface DockerfileOptions {
  /** Finds the program; asked once. */
  readonly findTool: () => Promise<ReadyTool>;
  /** Look for newer base images, and use nothing that was built before. */
  readonly refresh?: boolean;
}

/**
 * Builds one platform after the other. Nothing is pushed by the program: what it built is put where fox keeps images.
 * Files have one fixed time, so that layers depend on nothing else, as far as the program allows.
 */
export function dockerfileBuilder({
  findTool,
  refresh = false,
}: DockerfileOptions): Builder<DockerfileBuild, BuiltImage> {
  let finding: Promise<ReadyTool> | undefined;
  return {
    build: async (request) => {
      const tool = await (finding ??= findTool());
      return withBuildTree(request, async ({ scratch, tree }) => {
        await requireDockerfile(tree, request);
        await settleTree(tree);
        const built: (PlatformImage & Pick<ArchivedImage, 'annotations'>)[] = [];
        for (const [place, platform] of request.platforms.entries()) {
          const job = newJob({ request, tree, scratch, platform, refresh }, String(place));
          const { layers, config, annotations } = await buildPlatform(tool, job, scratch, request);
          built.push({ platform, layers, config: configWithOrigin(config, request.origin), annotations });
        }
        const annotations = built.flatMap((each) => Object.entries(each.annotations));
        return composeImage(built, { ...Object.fromEntries(annotations), ...originLabels(request.origin) });
      });
    },
  };
}

interface JobParts {
  readonly request: BuildRequest<DockerfileBuild>;
  readonly tree: string;
  readonly scratch: string;
  readonly platform: string;
  readonly refresh: boolean;
}

function newJob({ request, tree, scratch, platform, refresh }: JobParts, place: string): DockerfileJob {
  const { build, reference } = request;
  return {
    context: join(tree, build.context),
    dockerfile: join(tree, build.dockerfile),
    ...(build.target === undefined ? {} : { target: build.target }),
    args: build.args ?? {},
    platform,
    pull: refresh,
    cached: !refresh,
    tag: `fox.local/${reference.app}/${reference.component}:${randomUUID()}`,
    idFile: join(scratch, `id-${place}`),
    archive: join(scratch, `image-${place}.tar`),
  };
}

async function buildPlatform(
  tool: ReadyTool,
  job: DockerfileJob,
  scratch: string,
  request: BuildRequest<DockerfileBuild>,
): Promise<ArchivedImage> {
  const image = await buildOnce(tool, job, scratch, request);
  if (fits(image.config, job.platform)) return image;
  // A cache may not tell platforms apart: what was built of the same files for another one comes back.
  const fresh = { ...job, cached: false, archive: `${job.archive}.again` };
  const again = await buildOnce(tool, fresh, scratch, request);
  if (fits(again.config, job.platform)) return again;
  const { os, architecture } = again.config;
  throw new FoxError(
    'BUILD_FAILED',
    `the Dockerfile of ${request.reference.component} makes an image for ${os}/${architecture}, not for ${job.platform}`,
    {
      hints: [
        'Its FROM may name a platform, or an image that is there for another one only; or correct `platforms`.',
      ],
    },
  );
}

async function buildOnce(
  tool: ReadyTool,
  job: DockerfileJob,
  scratch: string,
  request: BuildRequest<DockerfileBuild>,
): Promise<ArchivedImage> {
  const { signal, onOutput, reference } = request;
  const { file, env, commands } = tool;
  const run = async (args: readonly string[], listener: (line: string) => void) =>
    runChild({ file, args, directory: scratch, env, signal, onOutput: listener });
  const outcome = await run(commands.build(job), onOutput);
  if (outcome.exitCode !== 0) throw buildFailed(tool, reference.component, outcome);
  try {
    const saved = await run(commands.save(job, await readId(job.idFile)), () => undefined);
    if (saved.exitCode !== 0) throw saveFailed(tool, reference.component, saved);
  } finally {
    await forget(tool, job, scratch);
  }
  const image = await readImageArchive(job.archive, `${job.archive}.d`, job.platform, signal);
  await rm(job.archive);
  return image;
}

/** Taking a name away is not worth waiting long for. Milliseconds. */
const forgettingMs = 10_000;

/** Takes the image's name away, also after an abort: one that stays would keep the image for ever. */
async function forget(
  { file, env, commands }: ReadyTool,
  job: DockerfileJob,
  scratch: string,
): Promise<void> {
  if (commands.forget === undefined) return;
  const signal = AbortSignal.timeout(forgettingMs);
  const args = commands.forget(job);
  await runChild({ file, args, directory: scratch, env, signal, onOutput: () => undefined }).catch(
    () => undefined,
  );
}

async function readId(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    // Programs that know it by its tag write none.
    if (hasCode(error, 'ENOENT')) return '';
    throw fileSystemError(error, 'read the id of the image that was built', file);
  }
}

async function requireDockerfile(
  tree: string,
  { build, reference }: BuildRequest<DockerfileBuild>,
): Promise<void> {
  const found = await lstat(join(tree, build.dockerfile)).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw fileSystemError(error, 'read', build.dockerfile);
  });
  if (found?.isFile() === true) return;
  throw new FoxError(
    'BUILD_FAILED',
    `${build.dockerfile}, the Dockerfile of ${reference.component}, is not a file at the commit`,
    { hints: ['`build.dockerfile` is relative to the component; commit it, or correct its name.'] },
  );
}
