// Writes an image as an archive that every container runtime loads: an OCI layout and Docker's own format in one tar.
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import * as z from 'zod';
import { canonicalJson, type Json } from '../../core/version/canonical.ts';
import { fileSystemError } from '../../core/file-system-error.ts';
import { type BuiltImage, type Descriptor, mediaType, plainDescriptor } from '../image.ts';
import { fixedTime } from '../layer.ts';

/** Writes the archive `file`; `name` (`fox.local/app/component:tag`) is what the image is called once it is loaded. */
export async function writeImageArchive(
  image: BuiltImage,
  name: string,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createWriteStream(file, { flags: 'wx' }), { signal });
  const packed = addImage(tar, image, name, signal).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  // A failure of either side ends the other one, too; the writer's error is the cause or the same.
  const [, writing] = await Promise.allSettled([packed, written]);
  signal.throwIfAborted();
  if (writing.status === 'rejected')
    throw fileSystemError(writing.reason, 'write the image for the nodes', file);
}

async function addImage(tar: Pack, image: BuiltImage, name: string, signal: AbortSignal): Promise<void> {
  const addJson = (path: string, document: Json) => addBytes(tar, path, Buffer.from(canonicalJson(document)));
  await addJson('oci-layout', { imageLayoutVersion: '1.0.0' });
  const annotations = {
    'io.containerd.image.name': name,
    'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
  };
  const described = { ...plainDescriptor(image.manifest), annotations };
  await addJson('index.json', { schemaVersion: 2, mediaType: mediaType.index, manifests: [described] });
  await addJson('manifest.json', [{ ...dockerPaths(image), RepoTags: [name] }]);
  for (const blob of [...image.configs, ...image.platforms, image.manifest])
    await addBytes(tar, blobPath(blob), blob.bytes);
  for (const layer of image.layers) {
    const source = 'file' in layer ? createReadStream(layer.file) : await layer.open(signal);
    await addContent(tar, blobPath(layer), source, layer.size);
  }
  tar.finalize();
}

const manifestShape = z.object({
  config: z.object({ digest: z.string() }),
  layers: z.array(z.object({ digest: z.string() })),
});
const configShape = z.object({ architecture: z.string() });

/** Docker's format holds one platform: this machine's, as the nodes are here. */
function dockerPaths(image: BuiltImage): { Config: string; Layers: string[] } {
  const digest = configForHere(image).digest;
  const manifests = image.platforms.length === 0 ? [image.manifest] : image.platforms;
  const documents = manifests.map(({ bytes }) =>
    manifestShape.parse(JSON.parse(Buffer.from(bytes).toString())),
  );
  const manifest = documents.find(({ config }) => config.digest === digest);
  return { Config: blobPath({ digest }), Layers: (manifest?.layers ?? []).map(blobPath) };
}

/** The config for this machine's processor: nodes know an image by its digest. */
export function configForHere({ configs }: BuiltImage): Descriptor {
  const architecture = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  const fitting = configs.find(
    ({ bytes }) => configShape.parse(JSON.parse(Buffer.from(bytes).toString())).architecture === architecture,
  );
  const chosen = fitting ?? configs[0];
  if (chosen === undefined) throw new Error('an image without config');
  return chosen;
}

function blobPath({ digest }: { readonly digest: string }): string {
  return `blobs/sha256/${digest.slice('sha256:'.length)}`;
}

function addBytes(tar: Pack, name: string, bytes: Uint8Array): Promise<void> {
  return addContent(tar, name, Readable.from([bytes]), bytes.length);
}

async function addContent(
  tar: Pack,
  name: string,
  content: AsyncIterable<Uint8Array>,
  size: number,
): Promise<void> {
  const header = { name, size, type: 'file', mode: 0o644, mtime: new Date(fixedTime * 1000) } as const;
  await new Promise<void>((resolve, reject) => {
    const sink = tar.entry(header, (error) => (error ? reject(error) : resolve()));
    // The same error; without a listener it would end the process.
    sink.on('error', reject);
    feed(sink, content).catch((error: unknown) => sink.destroy(error instanceof Error ? error : undefined));
  });
}

async function feed(sink: ReturnType<Pack['entry']>, content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of content) {
    if (!sink.write(Buffer.from(chunk))) await once(sink, 'drain');
  }
  sink.end(null);
}
