// An image in somebody's registry: what its tag means now, which platforms it is there for, and what it consists of.
import * as z from 'zod';
import { FoxError } from '../core/errors.ts';
import { formatReference, parseReference, type RegistryReference } from '../core/version/image-reference.ts';
import { type ImageConfig, imageConfigOf } from './image-config.ts';
import type { Descriptor } from './image.ts';
import type { RegistryClient } from './registry/registry-client.ts';

/** Registries by host; one client each. */
export type Registries = (host: string) => RegistryClient;

/** An image that was found, for all platforms that were asked for. */
export interface RemoteImage {
  /** Without tag, with the digest that the tag means now. */
  readonly reference: RegistryReference & { readonly digest: string };
  readonly client: RegistryClient;
  /** By platform, as it was asked for. */
  readonly manifests: ReadonlyMap<string, RemoteManifest>;
}

/** An image for one platform. */
export interface RemoteManifest {
  readonly config: ImageConfig;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
}

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const descriptor = z.object({ mediaType: z.string(), digest, size: z.number().int().nonnegative() });
const platformShape = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});
const index = z.object({
  manifests: z.array(descriptor.extend({ platform: platformShape.optional() })),
});
const manifest = z.object({ config: descriptor, layers: z.array(descriptor) });

/** A config beyond this is no such thing. Bytes. */
const configLimit = 4 * 1024 * 1024;

/**
 * Finds out what a reference (`node:24-slim`) means now.
 * @throws FoxError NOT_FOUND if it or one of the platforms isn't there, NAME_INVALID, REGISTRY_….
 */
export async function findRemoteImage(
  text: string,
  platforms: readonly string[],
  registries: Registries,
  signal: AbortSignal,
): Promise<RemoteImage> {
  const named = parseReference(text);
  const client = registries(named.host);
  const place: Place = { text, repository: named.repository, client, signal };
  const found = await client.manifest(named.repository, named.digest ?? named.tag ?? 'latest', { signal });
  if (found === undefined) throw missing(named);
  const document = parsed(found.bytes, place);
  const list = index.safeParse(document);
  const manifests = list.success
    ? await fromIndex(list.data, platforms, place)
    : await fromManifest(document, platforms, place);
  const reference = { host: named.host, repository: named.repository, digest: found.digest };
  return { reference, client, manifests };
}

/** The error, with the image that can't be had and where the user named it: `--base`, `components.web.build.image`. */
export function namedImageError(error: unknown, image: string, key: string): unknown {
  if (!(error instanceof FoxError) || error.code === 'CANCELLED') return error;
  const { code, message, hints, details } = error;
  const text = message.includes(image)
    ? `${key}: ${message}`
    : `can't get the image ${image} (${key}): ${message}`;
  return new FoxError(code, text, { hints, details, cause: error });
}

/** What is being looked at. */
interface Place {
  readonly text: string;
  readonly repository: string;
  readonly client: RegistryClient;
  readonly signal: AbortSignal;
}

async function fromIndex(
  { manifests }: z.infer<typeof index>,
  platforms: readonly string[],
  place: Place,
): Promise<Map<string, RemoteManifest>> {
  const { client, repository, signal } = place;
  const there = manifests.flatMap((each) =>
    each.platform === undefined ? [] : [platformText(each.platform)],
  );
  const wanted = platforms.map((platform) => {
    const fitting = manifests.find((each) => each.platform !== undefined && fits(each.platform, platform));
    if (fitting === undefined) throw wrongPlatform(place.text, platform, there);
    return { platform, digest: fitting.digest };
  });
  const found = await Promise.all(
    wanted.map(async (each) => {
      const blob = await client.manifest(repository, each.digest, { signal });
      if (blob === undefined) throw damaged(place.text, `its manifest for ${each.platform} is missing`);
      const { config, layers } = checked(manifest, parsed(blob.bytes, place), place);
      return [each.platform, { config: await readConfig(config, place), layers }] as const;
    }),
  );
  return new Map(found);
}

/** An image for one platform; which one it is, its config says. */
async function fromManifest(
  document: unknown,
  platforms: readonly string[],
  place: Place,
): Promise<Map<string, RemoteManifest>> {
  const { config: descriptorOfConfig, layers } = checked(manifest, document, place);
  const config = await readConfig(descriptorOfConfig, place);
  for (const platform of platforms) {
    if (!fits(config, platform)) throw wrongPlatform(place.text, platform, [platformText(config)]);
  }
  return new Map(platforms.map((platform) => [platform, { config, layers }]));
}

async function readConfig(blob: Descriptor, place: Place): Promise<ImageConfig> {
  if (blob.size > configLimit) throw damaged(place.text, `its config has ${blob.size} bytes`);
  const stream = await place.client.blob(place.repository, blob, { signal: place.signal });
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return imageConfigOf(parsed(Buffer.concat(chunks), place), place.text);
}

type PlatformParts = z.infer<typeof platformShape> | Pick<ImageConfig, 'os' | 'architecture' | 'variant'>;

/** Whether an image is for a platform. A platform that names no variant takes any; arm64 has but one. */
export function fits({ os, architecture, variant }: PlatformParts, platform: string): boolean {
  const [wantedOs, wantedArchitecture, wantedVariant] = platform.split('/');
  if (os !== wantedOs || architecture !== wantedArchitecture) return false;
  return wantedVariant === undefined || wantedVariant === (variant ?? defaultVariant(architecture));
}

function defaultVariant(architecture: string): string | undefined {
  return { arm64: 'v8', arm: 'v7' }[architecture];
}

function platformText({ os, architecture, variant }: PlatformParts): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

function parsed(bytes: Uint8Array, { text }: Place): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw damaged(text, "a document of it isn't JSON", cause);
  }
}

function checked<T>(schema: z.ZodType<T>, document: unknown, { text }: Place): T {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  throw damaged(
    text,
    'it is not an image of a format that fox knows (Docker v2 schema 2, or OCI)',
    result.error,
  );
}

function damaged(text: string, why: string, cause?: unknown): FoxError {
  return new FoxError('REGISTRY_ERROR', `the image ${text} can't be used: ${why}`, { cause });
}

function missing(reference: RegistryReference): FoxError {
  const tag = reference.digest ?? reference.tag ?? 'latest';
  return new FoxError(
    'NOT_FOUND',
    `there is no image ${formatReference(reference)}: ${reference.host} has no ${tag} of ${reference.repository}, or doesn't show it`,
    {
      hints: [
        'Check the name and the tag.',
        `If it is private: \`docker login ${reference.host}\`; some registries hide what one may not see.`,
      ],
    },
  );
}

function wrongPlatform(text: string, platform: string, there: readonly string[]): FoxError {
  const known = [...new Set(there)].filter((each) => !each.startsWith('unknown'));
  const which = known.length === 0 ? 'no platform' : known.join(', ');
  return new FoxError('NOT_FOUND', `the image ${text} is not there for ${platform}: it is for ${which}`, {
    hints: ['Choose another image, or correct `platforms` in the config.'],
  });
}
