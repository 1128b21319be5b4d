// Writes small images into an OCI layout, also damaged and hostile ones.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** One entry of a layer. */
export interface LayerEntry {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'character-device';
  readonly content?: string;
  readonly mode?: number;
  readonly linkname?: string;
}

/** A layer: entries, and how it is stored. */
export interface LayerSample {
  readonly entries: readonly LayerEntry[];
  readonly packed?: boolean;
  readonly mediaType?: string;
  readonly annotations?: Record<string, string>;
  /** Replaces the stored bytes, keeping the digest of the real ones. */
  readonly damage?: (bytes: Buffer) => Buffer;
}

/** `config` of the image's config. */
export interface SettingsSample {
  readonly WorkingDir?: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
}

/** Writes an image and gives `sample@sha256:…`. */
export async function writeImage(
  layout: string,
  layers: readonly LayerSample[],
  settings: SettingsSample = {},
): Promise<string> {
  const blobs = join(layout, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (bytes: Buffer, stored = bytes) => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(blobs, hex), stored);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const putJson = (document: object) => put(Buffer.from(JSON.stringify(document)));
  const described = [];
  for (const {
    entries,
    packed = false,
    mediaType,
    annotations,
    damage = (bytes: Buffer) => bytes,
  } of layers) {
    const plain = await tarOf(entries);
    const bytes = packed ? gzipSync(plain) : plain;
    const type = mediaType ?? `application/vnd.oci.image.layer.v1.tar${packed ? '+gzip' : ''}`;
    described.push({
      mediaType: type,
      ...(await put(bytes, damage(bytes))),
      ...(annotations === undefined ? {} : { annotations }),
    });
  }
  const config = await putJson({
    architecture: 'amd64',
    os: 'linux',
    config: settings,
    rootfs: { type: 'layers', diff_ids: [] },
  });
  const manifest = await putJson({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: described,
  });
  return `sample@${manifest.digest}`;
}

/** Writes an image of one program: `server.js` in `/app`, which is its working directory. */
export function writeProgram(layout: string, source: string): Promise<string> {
  return writeImage(layout, [{ entries: [{ name: 'app/server.js', content: source }] }], {
    WorkingDir: '/app',
  });
}

async function tarOf(entries: readonly LayerEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const {
    name,
    type = 'file',
    content = '',
    mode = type === 'directory' ? 0o755 : 0o644,
    linkname,
  } of entries) {
    tar.entry({ name, type, mode, ...(linkname === undefined ? {} : { linkname }) }, content);
  }
  tar.finalize();
  return buffer(tar);
}
