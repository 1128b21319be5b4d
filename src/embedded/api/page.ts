// A list, or a part of one, before it gets its form.
import type { KubeObject } from '../store/object-store.ts';

/** A list, or a part of one. */
export interface Page {
  readonly items: readonly KubeObject[];
  /** Version of the store that it shows. */
  readonly version: number;
  /** Asks for the next part. */
  readonly continue?: string;
  /** How many objects come after it, if that is known. */
  readonly remaining?: number;
}
