// What makes an image out of a component's files: one interface, a builder per way to build.
import type { BuiltImage } from './image.ts';
import type { ImageReference } from './image-store.ts';

/** Makes images. Later beside the built-in one: Dockerfiles, prebuilt images. */
export interface Builder {
  /**
   * @throws FoxError BUILD_FAILED if the files or the build command are at fault, FILE_SYSTEM if the disk is,
   * CANCELLED on abort. It leaves nothing behind then.
   */
  build(request: BuildRequest): Promise<BuiltImage>;
}

/** One image to build. */
export interface BuildRequest {
  readonly reference: ImageReference;
  /** The component's directory, relative to the repository's root; `''` or `.` is the root itself. */
  readonly path: string;
  /**
   * Writes the files to build from below the empty directory `into`, at their places in the repository: the
   * component's directory and its shared paths, as they are at the commit.
   */
  readonly readTree: (into: string, signal: AbortSignal) => Promise<void>;
  /** Run by `sh -c` in the component's directory; what it leaves in the tree belongs to the image. */
  readonly command?: string;
  /**
   * Directory for scratch files. Best outside any repository: tools look for settings, workspaces and node_modules
   * in the directories above them, and must not find the work tree's.
   */
  readonly scratch: string;
  /** Gets each line that the build command writes, without its end, as it is written. */
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}
