// Reads an OCI image layout: from an image's digest to its layers and its settings, each blob verified.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import * as z from 'zod';

/** The image isn't there, is damaged, or can't be run here; the message is for people. */
export class ImageProblem extends Error {
  override readonly name = 'ImageProblem';
}

/** What a runtime needs of an image. */
export interface Image {
  /** `sha256:…` of its manifest. */
  readonly digest: string;
  /** In the order in which they are unpacked; base layers left out. */
  readonly layers: readonly Descriptor[];
  readonly settings: ImageSettings;
}

/** How the image wants to be run. */
export interface ImageSettings {
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
}

/** A blob that a manifest points at. */
export type Descriptor = z.infer<typeof descriptor>;

/** Annotation of a layer that belongs to a base image, which a process on this machine doesn't need. */
const baseAnnotation = 'kubefox.io/base';
const digestPattern = /^sha256:[0-9a-f]{64}$/;
/** A manifest or config beyond this is no such thing. */
const documentLimit = 4 * 1024 * 1024;

const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(digestPattern),
  size: z.number(),
  annotations: z.record(z.string(), z.string()).optional(),
  platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
});
const manifest = z.object({ config: descriptor, layers: z.array(descriptor) });
const index = z.object({ manifests: z.array(descriptor).min(1) });
const strings = z.array(z.string()).nullish();
const config = z.object({
  config: z
    .object({ WorkingDir: z.string().nullish(), Entrypoint: strings, Cmd: strings, Env: strings })
    .nullish(),
});

/** The digest at the end of `<anything>@sha256:…`. @throws ImageProblem when there is none. */
export function imageDigest(reference: string): string {
  const digest = reference.slice(reference.lastIndexOf('@') + 1);
  if (digestPattern.test(digest)) return digest;
  throw new ImageProblem(
    `image ${reference} names no digest: the embedded cluster runs <name>@sha256:<digest> only`,
  );
}

/** Finds an image in the layout at `dir`. @throws ImageProblem */
export async function findImage(dir: string, reference: string): Promise<Image> {
  const digest = imageDigest(reference);
  const found = await readDocument(dir, { digest });
  const list = index.safeParse(found);
  const chosen = list.success ? await readDocument(dir, forThisMachine(list.data.manifests)) : found;
  const { config: configDescriptor, layers } = parse(manifest, chosen, digest);
  const { config: settings } = parse(
    config,
    await readDocument(dir, configDescriptor),
    configDescriptor.digest,
  );
  return {
    digest,
    layers: layers.filter(({ annotations }) => annotations?.[baseAnnotation] !== 'true'),
    settings: {
      workingDir: settings?.WorkingDir ?? '/',
      entrypoint: settings?.Entrypoint ?? [],
      command: settings?.Cmd ?? [],
      env: settings?.Env ?? [],
    },
  };
}

/**
 * Streams a blob; `verify` is to be called after the last byte.
 * @throws ImageProblem from `verify` when the bytes aren't those of the digest.
 */
export function openBlob(dir: string, { digest, size }: Descriptor): { stream: Readable; verify(): void } {
  const hash = createHash('sha256');
  let length = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      length += chunk.length;
      done(null, chunk);
    },
  });
  const file = createReadStream(blobPath(dir, digest), { highWaterMark: 256 * 1024 });
  file.on('error', (error) => check.destroy(missing(digest, error)));
  const verify = () => {
    if (length !== size || `sha256:${hash.digest('hex')}` !== digest) throw damaged(digest);
  };
  return { stream: file.pipe(check), verify };
}

async function readDocument(
  dir: string,
  { digest, size }: { digest: string; size?: number },
): Promise<unknown> {
  if (size !== undefined && size > documentLimit) throw damaged(digest);
  const bytes = await readFile(blobPath(dir, digest)).catch((error: unknown) => {
    throw missing(digest, error);
  });
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest) throw damaged(digest);
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new ImageProblem(`image blob ${digest} isn't JSON`, { cause });
  }
}

/** One of several platforms' images; the only one also where it is for another platform, as nothing of its base is run. */
function forThisMachine(manifests: Descriptor[]): Descriptor {
  const architecture = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  const fitting = manifests.find(({ platform }) => platform?.architecture === architecture) ?? manifests[0];
  if (fitting === undefined) throw new ImageProblem('the image index is empty');
  return fitting;
}

function parse<T>(schema: z.ZodType<T>, document: unknown, digest: string): T {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  throw new ImageProblem(`image blob ${digest} isn't what it should be: ${z.prettifyError(result.error)}`);
}

function blobPath(dir: string, digest: string): string {
  return join(dir, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

function missing(digest: string, cause: unknown): ImageProblem {
  const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const what = absent ? "isn't in the image store" : `can't be read: ${String(cause)}`;
  return new ImageProblem(`image blob ${digest} ${what}`, { cause });
}

function damaged(digest: string): ImageProblem {
  return new ImageProblem(`image blob ${digest} is damaged: its content doesn't have that digest`);
}
