// An image as the OCI image specification describes it: layers, configs, manifests, and one digest for all of it.
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { canonicalJson, type Json } from '../core/version/canonical.ts';
import { defaultPlatforms } from '../core/version/identity.ts';

/** Media types of what fox writes. Layers are plain tar: compressors differ between platforms and Node versions. */
export const mediaType = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** Points to a blob. */
export type Descriptor = {
  readonly mediaType: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** A layer in a file of its own, written and flushed. */
export interface LayerFile extends Descriptor {
  readonly file: string;
}

/** A layer of a base image: it stays in its registry, and its bytes are fetched only where they are needed. */
export interface RemoteLayer extends Descriptor {
  /** Where it is: `host[:port]`, as in references. */
  readonly registry: string;
  /** Repository there: `library/node`. */
  readonly repository: string;
  /** Its bytes from `offset` (default 0) on, verified at their end. */
  readonly open: (signal: AbortSignal, offset?: number) => Promise<Readable>;
}

/** A small blob in memory. */
export interface DocumentBlob extends Descriptor {
  readonly bytes: Uint8Array;
}

/** What a builder answers with, ready to be put into a store. */
export interface BuiltImage {
  /** Of all its platforms, each once; bottom first. */
  readonly layers: readonly (LayerFile | RemoteLayer)[];
  /** One per platform. */
  readonly configs: readonly DocumentBlob[];
  /** Manifest per platform, if `manifest` is an index of them; else none. */
  readonly platforms: readonly DocumentBlob[];
  /** What the image's name points to: a manifest, or an index of several. Its digest is the image's digest. */
  readonly manifest: DocumentBlob;
  /** Removes what the build has left on disk; call it once the image has been put, or is not wanted. */
  dispose(): Promise<void>;
}

/** An image for one platform. */
export interface PlatformImage {
  /** `linux/arm64` */
  readonly platform: string;
  /** Bottom first. */
  readonly layers: readonly (LayerFile | RemoteLayer)[];
  /** The config's content. */
  readonly config: Json;
}

/** Images of one component for its platforms as one: a manifest for one platform, an index of manifests for several. */
export function composeImage(
  images: readonly PlatformImage[],
  annotations: Readonly<Record<string, string>> = {},
): Omit<BuiltImage, 'dispose'> {
  const notes = Object.keys(annotations).length === 0 ? {} : { annotations };
  const configs = images.map(({ config }) => documentBlob(mediaType.config, config));
  const manifests = images.map(({ layers }, place) => {
    const [config] = configs.slice(place);
    if (config === undefined) throw new Error('an image without config');
    return documentBlob(mediaType.manifest, {
      schemaVersion: 2,
      mediaType: mediaType.manifest,
      config: plainDescriptor(config),
      layers: layers.map(plainDescriptor),
      ...notes,
    });
  });
  const layers = [
    ...new Map(images.flatMap((image) => image.layers).map((each) => [each.digest, each])).values(),
  ];
  const [only, ...more] = manifests;
  if (only === undefined) throw new Error('an image for no platform');
  if (more.length === 0) return { layers, configs, platforms: [], manifest: only };
  const index = documentBlob(mediaType.index, {
    schemaVersion: 2,
    mediaType: mediaType.index,
    manifests: manifests.map((manifest, place) => {
      return { ...plainDescriptor(manifest), platform: platformJson(images[place]?.platform ?? '') };
    }),
    ...notes,
  });
  return { layers, configs, platforms: manifests, manifest: index };
}

/** The config of an image without base, for the default platform and without any time. */
export function plainConfig(layers: readonly LayerFile[], workingDir: string): Json {
  const [os = '', architecture = ''] = defaultPlatforms[0].split('/');
  return {
    architecture,
    os,
    config: { WorkingDir: workingDir },
    // The digest of an uncompressed layer is its diff id.
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  };
}

/** A descriptor without what else its blob object knows. */
export function plainDescriptor(blob: Descriptor): { mediaType: string; digest: string; size: number } {
  return { mediaType: blob.mediaType, digest: blob.digest, size: blob.size };
}

/** `linux/arm/v7` as indexes have it. */
function platformJson(platform: string): Json {
  const [os = '', architecture = '', variant] = platform.split('/');
  return { os, architecture, variant };
}

function documentBlob(type: string, document: Json): DocumentBlob {
  const bytes = Buffer.from(canonicalJson(document));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType: type, digest, size: bytes.length, bytes };
}
