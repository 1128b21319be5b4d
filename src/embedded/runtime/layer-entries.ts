// Reads the entries of one layer's tar, verified as a whole, with one clear error whatever part of it breaks.
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { type Descriptor, ImageProblem, openBlob } from './image-layout.ts';

/** An entry of a tar: a header, and the content to be read. */
export type LayerEntry = ReturnType<typeof extract> extends AsyncIterable<infer Entry> ? Entry : never;

/**
 * Calls `act` for each entry in turn. Its signal aborts when the layer can't be read on: an entry's content may then
 * never end.
 * @throws ImageProblem
 */
export async function forEachEntry(
  layout: string,
  layer: Descriptor,
  act: (entry: LayerEntry, broken: AbortSignal) => Promise<void>,
): Promise<void> {
  const blob = openBlob(layout, layer);
  const tar = extract();
  const broken = new AbortController();
  const feeding = feed(blob.stream, isPacked(layer), tar);
  feeding.catch((error: unknown) => broken.abort(error));
  try {
    for await (const entry of tar) {
      await act(entry, broken.signal);
      entry.resume();
    }
    await feeding;
  } catch (error) {
    const first: unknown = broken.signal.aborted ? broken.signal.reason : error;
    tar.destroy();
    blob.stream.destroy();
    const fed = await feeding.catch((feedError: unknown) => feedError);
    throw asProblem(layer, [error, fed].find((cause) => cause instanceof ImageProblem) ?? first);
  }
  blob.verify();
}

function feed(stream: Readable, packed: boolean, tar: ReturnType<typeof extract>): Promise<void> {
  return packed ? pipeline(stream, createGunzip(), tar) : pipeline(stream, tar);
}

function isPacked({ mediaType, digest }: Descriptor): boolean {
  if (/[.+]gzip$/.test(mediaType)) return true;
  if (/[.]tar$/.test(mediaType)) return false;
  throw new ImageProblem(`layer ${digest} is ${mediaType}: the embedded cluster unpacks tar and tar+gzip`);
}

function asProblem(layer: Descriptor, cause: unknown): ImageProblem {
  if (cause instanceof ImageProblem) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ImageProblem(`layer ${layer.digest} can't be unpacked: ${why}`, { cause });
}
