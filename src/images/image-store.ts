// Where images are kept, and under which names: what builders fill and clusters run from.
import { shortHash } from '../core/labels.ts';
import type { BuiltImage } from './image.ts';

/** A place that keeps images: an image layout in a directory, a registry, or a node that images are loaded into. */
export interface ImageStore {
  /**
   * Images by source hash, for those references whose image is here and whole: `sha256:…`, or for a prebuilt one that
   * was remembered its whole reference. One call for many.
   * @throws FoxError FILE_SYSTEM if the store can't be read.
   */
  find(references: readonly ImageReference[]): Promise<Map<string, string>>;
  /**
   * Keeps an image durably and answers the digest to run it by. That is the digest of the image that was there
   * already, if another process was faster. The image's layer files are moved: an image is put once.
   * @throws FoxError FILE_SYSTEM if it can't be written; then nothing of it is reachable.
   */
  put(reference: ImageReference, image: BuiltImage, options?: PutOptions): Promise<string>;
  /**
   * Remembers what a prebuilt image's tag meant when it was resolved: `image` is a whole reference with a digest.
   * Answers the one that was remembered already, if there is one. A store that can't remember answers `image`: the
   * cluster knows it by what runs.
   */
  putPrebuilt(reference: ImageReference, image: string, options?: PutOptions): Promise<string>;
  /** What stands in a pod's spec: `image` is what {@link find} or a put answered. */
  runName(reference: ImageReference, image: string): string;
  /**
   * What pods need as `imagePullPolicy`, where Kubernetes' own choice is wrong: the store's own images are nowhere but
   * in the nodes. Prebuilt ones ({@link isWholeReference}) are pulled from their registry all the same.
   */
  readonly pullPolicy?: 'Never';
}

/** How something is put. */
export interface PutOptions {
  /** Take the place of what is there instead of answering it: `build --refresh`. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
}

/** What an image is known by: it is found by its source hash; app and component name it for people and registries. */
export interface ImageReference {
  readonly app: string;
  readonly component: string;
  /** Identity of what is built (64 hex digits). */
  readonly sourceHash: string;
  /** It is not built: what is kept under its source hash is the reference of a prebuilt image. */
  readonly prebuilt?: boolean;
}

/** Whether an image is a whole reference with a digest (a prebuilt one's) rather than the digest of a store's own. */
export function isWholeReference(image: string): boolean {
  return image.includes('@');
}

/** The name that pods run an image by: `<repository>@sha256:…`, or the whole reference of a prebuilt one. */
export function digestName(repository: string, image: string): string {
  return isWholeReference(image) ? image : `${repository}@${image}`;
}

/** {@link ImageStore.runName} of an image layout: `<app>/<component>@sha256:…`. */
export function layoutRunName({ app, component }: ImageReference, image: string): string {
  return digestName(`${app}/${component}`, image);
}

/** {@link ImageStore.runName} of nodes: `fox.local/<app>/<component>:<40 hex digits>`, as nodes know no other digest. */
export function nodeRunName({ app, component, sourceHash }: ImageReference, image: string): string {
  return isWholeReference(image) ? image : `fox.local/${app}/${component}:${shortHash(sourceHash)}`;
}

/** `<app>/<component>:<first 40 hex digits of the source hash>`: repository and tag, as in a registry. */
export function imageName(reference: ImageReference): string {
  return `${reference.app}/${reference.component}:${shortHash(reference.sourceHash)}`;
}
