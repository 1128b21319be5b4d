// The image of router and keeper: fox's own programs on a base image, made by the built-in builder like any other.
import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { contentHash } from '../../core/version/canonical.ts';
import { fileSystemError } from '../../core/file-system-error.ts';
import { defaultPlatforms } from '../../core/version/identity.ts';
import { buildAll, type ImageJob } from '../../images/build-all.ts';
import type { ImageReference } from '../../images/image-store.ts';
import { fixedTime } from '../../images/layer.ts';
import { type BuildPlace, showBuild, withBuilders } from './build-images.ts';
import type { ActionContext } from '../context.ts';

/**
 * Node, as its makers publish it for Debian without what a server doesn't need: a version, rather than a line of them,
 * so that an image of the router is the same whenever it is built.
 */
export const defaultBase = 'docker.io/library/node:24.11.1-slim';

/** Each of them one file that needs nothing beside it. */
const programs = ['router.js', 'keeper.js'];

/** What the image is made of. */
export interface RouterImageOptions {
  /** Base image. Default: {@link defaultBase}. */
  readonly base?: string;
  /** Default: those of apps. */
  readonly platforms?: readonly string[];
  /** Only tell what the image would be: it is built, but kept nowhere. */
  readonly dryRun?: boolean;
}

/** The image in the store of a place. */
export interface BuiltRouterImage {
  /** Name by which pods run it. */
  readonly name: string;
  /** The store has it. */
  readonly isKept: boolean;
}

/** Finds the image in the place's store, or builds it and puts it there. @throws FoxError as builds and stores do. */
export async function routerImage(
  place: Omit<BuildPlace, 'revision'>,
  version: string,
  options: RouterImageOptions,
  context: ActionContext,
): Promise<BuiltRouterImage> {
  const { images } = place.session;
  const job = await imageJob(version, options, context);
  const { reference } = job;
  const found = (await images.find([reference])).get(reference.sourceHash);
  if (found !== undefined) return { name: images.runName(reference, found), isKept: true };
  const { signal, emit } = context;
  return withBuilders(place, {}, context, async (builderOf) => {
    if (options.dryRun === true) {
      const made = await builderOf(job.build).build({ ...job, scratch: tmpdir(), onOutput: unheard, signal });
      if ('reference' in made) throw new Error('the image of the router is built, not found');
      await made.dispose();
      return { name: images.runName(reference, made.manifest.digest), isKept: false };
    }
    const built = await buildAll([job], {
      store: images,
      scratch: tmpdir(),
      builderOf,
      signal,
      onEvent: (event) => showBuild(event, emit),
    });
    return { name: images.runName(reference, built.get(reference.sourceHash) ?? ''), isKept: true };
  });
}

async function imageJob(
  version: string,
  { base = defaultBase, platforms = defaultPlatforms }: RouterImageOptions,
  { installation }: ActionContext,
): Promise<ImageJob> {
  const files = programs.map((name) => join(installation, 'dist', name));
  const digests = await Promise.all(files.map(digestOf));
  const content = { program: digests.join(' '), version, base, platforms: [...platforms] };
  const sourceHash = contentHash('router', content);
  const reference: ImageReference = { app: 'fox', component: 'router', sourceHash };
  return {
    reference,
    build: { base },
    baseKey: '--base',
    platforms,
    origin: { commit: `v${version}`, committedAt: fixedTime, version },
    path: '',
    readTree: async (into) => {
      for (const file of files) await copyFile(file, join(into, basename(file)));
      await writeFile(join(into, 'package.json'), `${JSON.stringify(manifestOf(version))}\n`);
    },
  };
}

async function digestOf(program: string): Promise<string> {
  const content = await readFile(program).catch((error: unknown) => {
    throw fileSystemError(error, "read fox's own program", program);
  });
  return createHash('sha256').update(content).digest('hex');
}

/** Has Node read the programs as modules. */
function manifestOf(version: string) {
  return { name: 'fox-router', version, private: true, type: 'module' };
}

function unheard(): void {
  // Only a build command would say something.
}
