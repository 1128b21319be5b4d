// Reads the archive that a program has saved an image to: an OCI layout, or Docker's older format, in a tar.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import * as z from 'zod';
import { FoxError } from '../../core/errors.ts';
import { fileSystemError } from '../../core/file-system-error.ts';
import { type ImageConfig, imageConfigOf } from '../image-config.ts';
import { type LayerFile, mediaType } from '../image.ts';
import { fits } from '../remote-image.ts';

/** An image for one platform, its layers in files. */
export interface ArchivedImage {
  readonly config: ImageConfig;
  /** Bottom first. */
  readonly layers: readonly LayerFile[];
  /** What the program says of its manifest. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Unpacks the archive `file` into the new directory `into` and answers the image for a platform, or the only one.
 * @throws FoxError BUILD_FAILED if it isn't there or the archive is damaged, FILE_SYSTEM.
 */
export async function readImageArchive(
  file: string,
  into: string,
  platform: string,
  signal: AbortSignal,
): Promise<ArchivedImage> {
  const members = await unpack(file, into, signal);
  const json = async (name: string) =>
    JSON.parse(await readFile(members.require(name).file, 'utf8')) as unknown;
  try {
    if (members.has('index.json')) return await readLayout(members, json, platform);
    return await readDockerArchive(members, json);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) throw damaged('it is damaged', error);
    throw error;
  }
}

/** A file of the archive. */
interface Member {
  readonly file: string;
  readonly digest: string;
  readonly size: number;
}

interface Members {
  has(name: string): boolean;
  /** @throws FoxError BUILD_FAILED if it is missing. */
  require(name: string): Member;
}

type ReadJson = (name: string) => Promise<unknown>;

async function unpack(archive: string, into: string, signal: AbortSignal): Promise<Members> {
  const members = new Map<string, Member>();
  const links = new Map<string, string>();
  try {
    await mkdir(into);
    const tar = extract();
    const reading = pipeline(createReadStream(archive), tar, { signal });
    // Awaited below; a failure ends the loop, too.
    reading.catch(() => undefined);
    for await (const entry of tar) {
      const { type, linkname } = entry.header;
      const name = posix.normalize(entry.header.name);
      if (type === 'file') {
        const file = join(into, String(members.size));
        const hash = createHash('sha256');
        let size = 0;
        async function* measured(): AsyncGenerator<Uint8Array> {
          for await (const chunk of entry as AsyncIterable<Uint8Array>) {
            hash.update(chunk);
            size += chunk.length;
            yield chunk;
          }
        }
        await pipeline(measured, createWriteStream(file, { flags: 'wx', flush: true }), { signal });
        members.set(name, { file, digest: `sha256:${hash.digest('hex')}`, size });
      } else {
        // Docker's older format has a layer that several images share but once.
        const target = linkname ?? '';
        if (type === 'symlink') links.set(name, posix.join(posix.dirname(name), target));
        if (type === 'link') links.set(name, posix.normalize(target));
        entry.resume();
      }
    }
    await reading;
  } catch (error) {
    signal.throwIfAborted();
    throw fileSystemError(error, 'read the image that was built', archive);
  }
  const find = (name: string) => members.get(name) ?? members.get(links.get(name) ?? '');
  return {
    has: (name) => find(name) !== undefined,
    require: (name) => {
      const member = find(name);
      if (member === undefined) throw damaged(`it lacks ${name}`);
      return member;
    },
  };
}

const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number(),
  platform: z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
});
const index = z.object({ manifests: z.array(descriptor) });
const manifest = z.object({
  config: descriptor,
  layers: z.array(descriptor),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** Follows the index to the manifest of the platform; others in it are statements about the build. */
async function readLayout(members: Members, json: ReadJson, platform: string): Promise<ArchivedImage> {
  let document = await json('index.json');
  for (let list = index.safeParse(document); list.success; list = index.safeParse(document)) {
    const { manifests } = list.data;
    const fitting = manifests.find((each) => each.platform !== undefined && fits(each.platform, platform));
    const chosen = fitting ?? (manifests.length === 1 ? manifests[0] : undefined);
    if (chosen === undefined) throw damaged(`it has no image for ${platform}`);
    document = await json(blobName(verified(members, chosen).digest));
  }
  const { config, layers, annotations = {} } = manifest.parse(document);
  return {
    config: imageConfigOf(await json(blobName(verified(members, config).digest)), 'that was built'),
    layers: layers.map((layer) => {
      const { file, digest, size } = verified(members, layer);
      return { mediaType: layer.mediaType, digest, size, file };
    }),
    annotations,
  };
}

function verified(members: Members, { digest }: { digest: string }): Member {
  const member = members.require(blobName(digest));
  if (member.digest !== digest) throw damaged(`its blob ${digest} has other content`);
  return member;
}

function blobName(digest: string): string {
  return `blobs/sha256/${digest.slice('sha256:'.length)}`;
}

const dockerManifest = z.tuple([z.object({ Config: z.string(), Layers: z.array(z.string()) })]);

async function readDockerArchive(members: Members, json: ReadJson): Promise<ArchivedImage> {
  const [{ Config, Layers }] = dockerManifest.parse(await json('manifest.json'));
  const layers = Layers.map((name) => ({
    ...members.require(posix.normalize(name)),
    mediaType: mediaType.layer,
  }));
  return { config: imageConfigOf(await json(Config), 'that was built'), layers, annotations: {} };
}

function damaged(why: string, cause?: unknown): FoxError {
  return new FoxError('BUILD_FAILED', `the image that was built can't be used: ${why}`, { cause });
}
