// One registry over the OCI distribution protocol: what can be asked of it, pulled from it and pushed to it.
import type { Readable } from 'node:stream';
import type { Descriptor, DocumentBlob } from '../image.ts';

/** Which registry, and how to behave towards it. */
export interface RegistryOptions {
  /** `host[:port]`, as in references; `docker.io` is Docker Hub. */
  readonly host: string;
  /** Plain HTTP also where the registry is not on this machine. Default: false */
  readonly insecure?: boolean;
  /** Says where credentials, helpers and proxies are: the process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Told before each wait, so that a user sees why nothing moves. */
  readonly onRetry?: (notice: RetryNotice) => void;
  /** Only tests need others than the default. */
  readonly patience?: Partial<Patience>;
}

/** Something didn't work and is tried again. */
export interface RetryNotice {
  readonly registry: string;
  /** What went wrong, as half a sentence. */
  readonly why: string;
  /** Milliseconds until the next attempt. */
  readonly waitMs: number;
}

/** How long to keep trying what a registry or the network fails at. */
export interface Patience {
  /** Attempts without any progress. */
  readonly attempts: number;
  /** Wait after the first failure; doubled each time, with jitter. Milliseconds. */
  readonly firstWaitMs: number;
  /** Longest time without any progress. Milliseconds. */
  readonly totalMs: number;
}

/** What one transfer may be given. */
export interface TransferOptions {
  /** Ends this transfer, beside the client's own signal. */
  readonly signal?: AbortSignal;
  /**
   * What is looked up is going to be pushed if it isn't there. Some registries say of a repository that doesn't exist
   * yet that it is missing only to those who may make it, and refuse all others.
   */
  readonly forPush?: boolean;
}

/**
 * A registry. What fails for a moment (connections, 429, 5xx) is tried again within limits. All methods throw FoxError
 * REGISTRY_UNREACHABLE, REGISTRY_DENIED, REGISTRY_ERROR, or CANCELLED on abort.
 */
export interface RegistryClient {
  /** `host[:port]`, as in references. */
  readonly host: string;
  /** Type, digest and size of the manifest or index of that tag or digest; undefined if it isn't there. One HEAD. */
  resolve(
    repository: string,
    tagOrDigest: string,
    options?: TransferOptions,
  ): Promise<Descriptor | undefined>;
  /** A manifest or index, verified; undefined if it isn't there. At most 4 MiB. */
  manifest(
    repository: string,
    tagOrDigest: string,
    options?: TransferOptions,
  ): Promise<DocumentBlob | undefined>;
  /**
   * A blob's bytes from `offset` (default 0) on. A connection that breaks is resumed. The stream fails at its end if
   * the size or (from 0 on) the digest isn't that of the descriptor.
   */
  blob(
    repository: string,
    blob: Descriptor,
    options?: TransferOptions & { readonly offset?: number },
  ): Promise<Readable>;
  hasBlob(repository: string, digest: string, options?: TransferOptions): Promise<boolean>;
  /** Has the registry take a blob over from another of its repositories; false if it won't. */
  mountBlob(from: string, to: string, digest: string, options?: TransferOptions): Promise<boolean>;
  /**
   * Uploads a blob. `open` gives its bytes from an offset on, and is called again where a connection breaks.
   * `onSent` is told how many of the bytes have been sent so far.
   */
  uploadBlob(
    repository: string,
    blob: Descriptor,
    open: (offset: number, signal: AbortSignal) => Readable | Promise<Readable>,
    options?: TransferOptions & { readonly onSent?: (bytes: number) => void },
  ): Promise<void>;
  /** Writes a manifest or index under a tag or its digest. All that it points to must be there. */
  putManifest(
    repository: string,
    tagOrDigest: string,
    manifest: DocumentBlob,
    options?: TransferOptions,
  ): Promise<void>;
  /** Whether one may push to a repository; leaves nothing there. @throws what keeps one from it. */
  checkPush(repository: string, options?: TransferOptions): Promise<void>;
  /** Ends its connections. */
  close(): Promise<void>;
}
