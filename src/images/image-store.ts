// Where images are kept, and under which names: what builders fill and clusters run from.
import { shortHash } from '../core/labels.ts';
import type { BuiltImage } from './image.ts';

/** A place that keeps images: an image layout in a directory, or (later) a registry over HTTP. */
export interface ImageStore {
  /**
   * Digests (`sha256:…`) by source hash, for those references whose image is here and whole. One call for many.
   * @throws FoxError FILE_SYSTEM if the store can't be read.
   */
  find(references: readonly ImageReference[]): Promise<Map<string, string>>;
  /**
   * Keeps an image durably and answers the digest to run it by. That is the digest of the image that was there
   * already, if another process was faster. The image's layer files are moved: an image is put once.
   * @throws FoxError FILE_SYSTEM if it can't be written; then nothing of it is reachable.
   */
  put(reference: ImageReference, image: BuiltImage): Promise<string>;
}

/** What an image is known by: it is found by its source hash; app and component name it for people and registries. */
export interface ImageReference {
  readonly app: string;
  readonly component: string;
  /** Identity of what is built (64 hex digits). */
  readonly sourceHash: string;
}

/** `<app>/<component>:<first 40 hex digits of the source hash>`: repository and tag, as in a registry. */
export function imageName(reference: ImageReference): string {
  return `${reference.app}/${reference.component}:${shortHash(reference.sourceHash)}`;
}
