// What makes a component's image: one interface, a builder per way to build.
import type { Build } from '../core/version/app.ts';
import type { BuiltImage } from './image.ts';
import type { ImageOrigin } from './image-origin.ts';
import type { ImageReference } from './image-store.ts';

/** Makes images, or finds out which one is meant. */
export interface Builder<Kind extends Build = Build, Made = BuiltImage | PrebuiltImage> {
  /**
   * @throws FoxError BUILD_FAILED if the files or what builds them are at fault, FILE_SYSTEM if the disk is,
   * REGISTRY_… if a registry is, CANCELLED on abort. It leaves nothing behind then.
   */
  build(request: BuildRequest<Kind>): Promise<Made>;
}

/** An image that is in a registry already. */
export interface PrebuiltImage {
  /** Whole, with its digest: `ghcr.io/acme/ui@sha256:…`. */
  readonly reference: string;
}

/** One image to build. */
export interface BuildRequest<Kind extends Build = Build> {
  readonly reference: ImageReference;
  /** How. */
  readonly build: Kind;
  /** Where the user named the image that it stands on. Default: the component's key in the config. */
  readonly baseKey?: string;
  /** What for: `linux/amd64`; sorted, at least one. */
  readonly platforms: readonly string[];
  /** Told to those who look at the image. */
  readonly origin: ImageOrigin;
  /** The component's directory, relative to the repository's root; `''` or `.` is the root itself. */
  readonly path: string;
  /**
   * Writes the files to build from below the empty directory `into`, at their places in the repository: the
   * component's directory and its shared paths, as they are at the commit.
   */
  readonly readTree: (into: string, signal: AbortSignal) => Promise<void>;
  /**
   * Directory for scratch files. Best outside any repository: tools look for settings, workspaces and node_modules
   * in the directories above them, and must not find the work tree's.
   */
  readonly scratch: string;
  /** Gets each line that the build writes, without its end, as it is written. */
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}
