// An image as the OCI image specification describes it: layers, a config and a manifest with one digest.
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { canonicalJson, type Json } from '../core/canonical.ts';
import { defaultPlatforms } from '../core/identity.ts';

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

/** Config and manifest for layers: canonical JSON without any time, so the same layers give the same digest. */
export function composeImage(layers: readonly LayerFile[], workingDir: string): Omit<BuiltImage, 'dispose'> {
  const [os = '', architecture = ''] = defaultPlatforms[0].split('/');
  const config = documentBlob(mediaType.config, {
    architecture,
    os,
    config: { WorkingDir: workingDir },
    // The digest of an uncompressed layer is its diff id.
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  });
  const manifest = documentBlob(mediaType.manifest, {
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: plainDescriptor(config),
    layers: layers.map(plainDescriptor),
  });
  return { layers, configs: [config], platforms: [], manifest };
}

/** A descriptor without what else its blob object knows. */
export function plainDescriptor(blob: Descriptor): { mediaType: string; digest: string; size: number } {
  return { mediaType: blob.mediaType, digest: blob.digest, size: blob.size };
}

function documentBlob(type: string, document: Json): DocumentBlob {
  const bytes = Buffer.from(canonicalJson(document));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType: type, digest, size: bytes.length, bytes };
}
