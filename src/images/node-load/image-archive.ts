// Writes an image as an archive that every container runtime loads: an OCI layout and Docker's own format in one tar.
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import * as z from 'zod';
import { canonicalJson, type Json } from '../../core/canonical.ts';
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
  const writing = pipeline(tar, createWriteStream(file, { flags: 'wx' }), { signal });
  // Awaited below; what is being added must not wait for a reader that is gone.
  writing.catch(() => undefined);
  try {
    await addImage(tar, image, name, writing, signal);
    tar.finalize();
    await writing;
  } catch (error) {
    tar.destroy();
    await writing.catch(() => undefined);
    signal.throwIfAborted();
    throw fileSystemError(error, 'write the image for the nodes', file);
  }
}

async function addImage(
  tar: Pack,
  image: BuiltImage,
  name: string,
  writing: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const addJson = (path: string, document: Json) => addBytes(tar, path, Buffer.from(canonicalJson(document)));
  addJson('oci-layout', { imageLayoutVersion: '1.0.0' });
  const annotations = {
    'io.containerd.image.name': name,
    'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
  };
  const described = { ...plainDescriptor(image.manifest), annotations };
  addJson('index.json', { schemaVersion: 2, mediaType: mediaType.index, manifests: [described] });
  addJson('manifest.json', [{ ...dockerPaths(image), RepoTags: [name] }]);
  for (const blob of [...image.configs, ...image.platforms, image.manifest])
    addBytes(tar, blobPath(blob), blob.bytes);
  for (const layer of image.layers) {
    const source = 'file' in layer ? createReadStream(layer.file) : await layer.open(signal);
    await addStream(tar, { name: blobPath(layer), size: layer.size }, source, writing);
  }
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

const entry = { type: 'file', mode: 0o644, mtime: new Date(fixedTime * 1000) } as const;

function addBytes(tar: Pack, name: string, bytes: Uint8Array): void {
  tar.entry({ ...entry, name }, Buffer.from(bytes));
}

async function addStream(
  tar: Pack,
  header: { readonly name: string; readonly size: number },
  source: AsyncIterable<Uint8Array>,
  writing: Promise<void>,
): Promise<void> {
  const sink = tar.entry({ ...entry, ...header });
  const added = once(sink, 'close');
  // Awaited below; until then it may fail at any time.
  added.catch(() => undefined);
  for await (const chunk of source) {
    if (!sink.write(Buffer.from(chunk))) await Promise.race([once(sink, 'drain'), writing]);
  }
  sink.end(null);
  await Promise.race([added, writing]);
}
