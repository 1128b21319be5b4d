// What a node says of the images that it has.
import * as z from 'zod';
import { FoxError } from '../../core/errors.ts';

/** Ids (`sha256:…`) of a node's images by their names with tags. */
export type NodeImages = ReadonlyMap<string, string>;

const image = z.object({ id: z.string(), repoTags: z.array(z.string()).nullish() });
/** `crictl images` has them in a member, `minikube image ls` at once. */
const schema = z.union([z.object({ images: z.array(image) }), z.array(image)]);

/** @throws FoxError REGISTRY_ERROR if it is no such list. */
export function imagesByName(json: string): NodeImages {
  const list = schema.safeParse(parsed(json));
  if (!list.success) throw unreadable(list.error);
  const images = Array.isArray(list.data) ? list.data : list.data.images;
  return new Map(
    images.flatMap(({ id, repoTags }) => (repoTags ?? []).map((name) => [name, digestOf(id)] as const)),
  );
}

function digestOf(id: string): string {
  return id.includes(':') ? id : `sha256:${id}`;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): FoxError {
  return new FoxError(
    'REGISTRY_ERROR',
    "the list of a node's images can't be read: it is not what was expected",
    {
      cause,
    },
  );
}
