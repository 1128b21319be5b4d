// Reads the JSON documents of an image layout, those of other tools included, and checks what fox relies on.
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { FoxError } from '../core/errors.ts';
import { fileSystemError, hasCode } from '../core/file-system-error.ts';

/** What fox doesn't know stays as it is when an index is written again. */
const descriptor = z
  .object({
    mediaType: z.string(),
    digest: z.string(),
    size: z.number(),
    annotations: z.record(z.string(), z.string()).exactOptional(),
  })
  .catchall(z.json());

const index = z.object({ manifests: z.array(descriptor) });

const manifest = z.object({ config: descriptor, layers: z.array(descriptor) });

/** An entry of an index, with all members that it has. */
export type IndexEntry = z.infer<typeof descriptor>;

/** Entries of the index in `file`; none if there is no such file. */
export async function readIndexDocument(file: string): Promise<IndexEntry[]> {
  const document = await readJson(file);
  return document === undefined ? [] : checked(index, document, file).manifests;
}

/** What an index or manifest points to, `manifests` to be followed further; nothing if it is gone. */
export async function readLinks(file: string): Promise<{ manifests: IndexEntry[]; blobs: IndexEntry[] }> {
  const document = await readJson(file);
  if (document === undefined) return { manifests: [], blobs: [] };
  const links = checked(z.union([manifest, index]), document, file);
  if ('manifests' in links) return { manifests: links.manifests, blobs: [] };
  return { manifests: [], blobs: [links.config, ...links.layers] };
}

/** Undefined if the file is missing. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (error instanceof SyntaxError) throw damaged(file, error);
    throw fileSystemError(error, 'read the image store', file);
  }
}

function checked<T>(schema: z.ZodType<T>, document: unknown, file: string): T {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  throw damaged(file, result.error);
}

function damaged(file: string, cause: unknown): FoxError {
  return new FoxError('FILE_SYSTEM', `${file} is damaged: it is not what an image layout holds there`, {
    hints: ['Remove the directory of images: fox builds them again.'],
    cause,
  });
}
