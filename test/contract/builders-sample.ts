// What the tests of builders share: a base image in a registry, made of bytes, and requests to build on it.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Build } from '../../src/core/version/app.ts';
import type { BuildRequest } from '../../src/images/builder.ts';
import type { ImageOrigin } from '../../src/images/image-origin.ts';
import type { RegistryClient } from '../../src/images/registry/registry-client.ts';
import { referenceOf } from './registry-image.ts';
import { temporaryDirectory } from './registry-process.ts';

/** Where the images of these tests come from. */
export const origin: ImageOrigin = {
  commit: 'c'.repeat(40),
  committedAt: 1_700_000_000,
  repository: 'https://git.example.com/acme/shop.git',
  version: 'v1',
};

/** Content by path. */
export type Files = Readonly<Record<string, string>>;

/** A request to build a component at `web`. */
export async function requestFor<Kind extends Build>(
  build: Kind,
  files: Files,
  more: Partial<Omit<BuildRequest<Kind>, 'build'>> = {},
): Promise<BuildRequest<Kind>> {
  return {
    reference: referenceOf('web'),
    build,
    platforms: ['linux/amd64'],
    origin,
    path: 'web',
    readTree: (into) => writeFiles(into, files),
    scratch: await temporaryDirectory(),
    onOutput: () => undefined,
    signal: new AbortController().signal,
    ...more,
  };
}

/** Writes files below a directory. */
export async function writeFiles(into: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(into, path)), { recursive: true });
    await writeFile(join(into, path), content);
  }
}

/** How a base image is described: by OCI, or in Docker's own format. */
export type Format = 'oci' | 'docker';

const types = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;

/** A base image for some platforms, as somebody else would have pushed it. */
export interface BaseSample {
  readonly tag: string;
  readonly platforms?: readonly string[];
  readonly format?: Format;
  /** What is in it. */
  readonly content?: string;
}

/** Pushes a base image to `library/base`; one platform is pushed without index. Answers its digest. */
export async function pushBase(
  client: RegistryClient,
  { tag, platforms = ['linux/amd64'], format = 'oci', content = 'base' }: BaseSample,
): Promise<string> {
  const manifests = [];
  for (const platform of platforms) {
    const manifest = await pushPlatform(client, { platform, format, content });
    const [os, architecture, variant] = platform.split('/');
    manifests.push({
      ...manifest,
      platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
    });
  }
  const [only] = manifests;
  if (only !== undefined && manifests.length === 1) {
    const { bytes, mediaType, digest, size } = only;
    await client.putManifest('library/base', tag, { bytes, mediaType, digest, size });
    return digest;
  }
  const described = manifests.map(({ mediaType, digest, size, platform }) => ({
    mediaType,
    digest,
    size,
    platform,
  }));
  const index = documentOf(types[format].index, {
    schemaVersion: 2,
    mediaType: types[format].index,
    manifests: described,
  });
  await client.putManifest('library/base', tag, index);
  return index.digest;
}

async function pushPlatform(
  client: RegistryClient,
  { platform, format, content }: { platform: string; format: Format; content: string },
) {
  const [os = '', architecture = ''] = platform.split('/');
  const tar = pack();
  tar.entry({ name: 'etc/base', mtime: new Date(0) }, `${content} for ${platform}`);
  tar.finalize();
  const plain = await buffer(tar);
  const layer = blobOf(types[format].layer, gzipSync(plain));
  const config = documentOf(types[format].config, {
    architecture,
    os,
    created: '2020-01-01T00:00:00Z',
    docker_version: '20.10.0',
    config: {
      Env: ['PATH=/usr/bin', 'BASE=yes'],
      User: '1000',
      Entrypoint: ['/entry'],
      Cmd: ['serve'],
      Labels: { of: 'base' },
    },
    rootfs: { type: 'layers', diff_ids: [digestOf(plain)] },
    history: [{ created_by: 'COPY base' }, { created_by: 'USER 1000', empty_layer: true }],
  });
  for (const blob of [layer, config]) {
    await client.uploadBlob('library/base', blob, (offset) => Readable.from([blob.bytes.subarray(offset)]));
  }
  const plainOf = ({ mediaType, digest, size }: typeof layer) => ({ mediaType, digest, size });
  const manifest = documentOf(types[format].manifest, {
    schemaVersion: 2,
    mediaType: types[format].manifest,
    config: plainOf(config),
    layers: [plainOf(layer)],
  });
  await client.putManifest('library/base', manifest.digest, manifest);
  return manifest;
}

function documentOf(mediaType: string, document: object) {
  return blobOf(mediaType, Buffer.from(JSON.stringify(document)));
}

function blobOf(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes };
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
