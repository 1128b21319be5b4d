// Images for tests of registries, made of bytes that nobody has built.
import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, type Json } from '../../src/core/version/canonical.ts';
import { type BuiltImage, type DocumentBlob, type LayerFile, mediaType } from '../../src/images/image.ts';
import type { ImageReference } from '../../src/images/image-store.ts';

/** Where an image belongs; the source hash is made of `seed`. */
export function referenceOf(component: string, seed: string = component): ImageReference {
  return { app: 'shop', component, sourceHash: createHash('sha256').update(seed).digest('hex') };
}

/** Bytes that are the same each time, and unlike those of another seed. */
export function bytesOf(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += key.length) key.copy(bytes, at);
  for (let at = 0; at + 4 <= size; at += 4096) bytes.writeUInt32LE(at, at);
  return bytes;
}

export function documentBlob(type: string, document: Json): DocumentBlob {
  const bytes = Buffer.from(canonicalJson(document));
  return { ...descriptorOf(bytes, type), bytes };
}

export function descriptorOf(bytes: Uint8Array, type: string = mediaType.layer) {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType: type, digest, size: bytes.length };
}

/** A layer in a file of `directory`. */
export async function fileLayer(directory: string, bytes: Buffer): Promise<LayerFile> {
  const file = join(directory, `${randomUUID()}.tar`);
  await writeFile(file, bytes);
  return { ...descriptorOf(bytes), file };
}

/** An image of one platform out of layers. */
export function imageOf(layers: BuiltImage['layers'], architecture = 'amd64'): BuiltImage {
  const config = documentBlob(mediaType.config, {
    architecture,
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = documentBlob(mediaType.manifest, {
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: plain(config),
    layers: layers.map(plain),
  });
  return { layers, configs: [config], platforms: [], manifest, dispose: () => Promise.resolve() };
}

/** An image of two platforms that share their layers. */
export function indexOf(layers: BuiltImage['layers']): BuiltImage {
  const images = ['amd64', 'arm64'].map((architecture) => ({
    architecture,
    ...imageOf(layers, architecture),
  }));
  const manifest = documentBlob(mediaType.index, {
    schemaVersion: 2,
    mediaType: mediaType.index,
    manifests: images.map(({ architecture, manifest: each }) => ({
      ...plain(each),
      platform: { os: 'linux', architecture },
    })),
  });
  return {
    layers,
    configs: images.flatMap(({ configs }) => configs),
    platforms: images.map(({ manifest: each }) => each),
    manifest,
    dispose: () => Promise.resolve(),
  };
}

function plain({ mediaType: type, digest, size }: { mediaType: string; digest: string; size: number }) {
  return { mediaType: type, digest, size };
}
