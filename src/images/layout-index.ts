// The index.json of an image layout: which images it holds, under which names.
import { join } from 'node:path';
import { canonicalJson } from '../core/version/canonical.ts';
import { annotation } from '../core/labels.ts';
import { fileSystemError } from '../core/file-system-error.ts';
import { type Descriptor, mediaType } from './image.ts';
import { replaceFile } from './layout-blobs.ts';
import { type IndexEntry, readIndexDocument } from './layout-documents.ts';

/** Annotation of an entry by which other tools find it: `skopeo inspect oci:<dir>:<name>`. */
export const nameAnnotation = 'org.opencontainers.image.ref.name';

/** The entries of a layout's index. Those without a source hash were made by other tools. */
export function readIndex(layout: string): Promise<IndexEntry[]> {
  return readIndexDocument(join(layout, 'index.json'));
}

/** Replaces the entries in one step, durably. */
export async function writeIndex(layout: string, entries: readonly IndexEntry[]): Promise<void> {
  const sorted = entries.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const index = { schemaVersion: 2, mediaType: mediaType.index, manifests: sorted };
  try {
    await replaceFile(layout, 'index.json', canonicalJson(index));
  } catch (error) {
    throw fileSystemError(error, 'write the list of images', join(layout, 'index.json'));
  }
}

/** Name of an entry, `''` if it has none. */
export function entryName(entry: Descriptor): string {
  return entry.annotations?.[nameAnnotation] ?? '';
}

/** The whole source hash of an entry, by which fox finds it; undefined if it isn't fox's. */
export function entrySourceHash(entry: Descriptor): string | undefined {
  return entry.annotations?.[annotation.sourceHash];
}

function sortKey(entry: Descriptor): string {
  return `${entryName(entry)}\0${entry.digest}`;
}
