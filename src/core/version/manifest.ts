// The manifest of a version: the immutable list of what runs, from which all hashes, routes and hops follow.
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Build, DeliverySettings, Route, VariableDeclaration } from './app.ts';
import { canonicalJson, contentHash, type Json } from './canonical.ts';
import { FoxError } from '../errors.ts';
import type { PodSettings, WorkloadSettings } from './pod-settings.ts';
import type { Propagation } from './propagation.ts';

/** Format of manifests and hashes that this fox writes. Not fox's version: upgrading fox changes no live hash. */
export const manifestFormat = 1;

/** One version of an app, taken at a commit. */
export interface VersionManifest {
  readonly format: typeof manifestFormat;
  readonly app: string;
  readonly version: string;
  /** Full commit id. */
  readonly commit: string;
  /** A mutable version (of a branch, or dirty) may be replaced by a later deploy. */
  readonly mutable: boolean;
  /** Built from a work tree with uncommitted changes. */
  readonly dirty: boolean;
  readonly components: Readonly<Record<string, ManifestComponent>>;
}

/** One component of a version. */
export interface ManifestComponent {
  /** Identity of what is built (64 hex digits). */
  readonly sourceHash: string;
  /** Identity of the pod template (64 hex digits). */
  readonly templateHash: string;
  /** Digest of the image that runs (`sha256:…`), or a prebuilt one's whole reference (`ghcr.io/acme/ui@sha256:…`). */
  readonly image: string;
  /** Git tree id of its directory at the commit; `''` if it has none. */
  readonly tree: string;
  /** How its image is made, where that is more than a command: by it one tells where it can run. Part of its source hash. */
  readonly build?: Build;
  readonly template: PodTemplate;
  readonly routes: readonly Route[];
  readonly forwardsContext: boolean;
  /** Not part of any hash: scaling keeps a workload. */
  readonly replicas: number;
  /** Likewise. */
  readonly delivery?: DeliverySettings;
  /** Likewise. */
  readonly settings?: WorkloadSettings;
  readonly modules: readonly string[];
}

/** What a pod is started with; all of it enters the template hash, variables by name and type. */
export interface PodTemplate extends PodSettings {
  /** Empty: what the image says. */
  readonly command: readonly string[];
  readonly port: number;
  /** Components that it may call; each has a `<NAME>_URL` in the process. Sorted. */
  readonly calls: readonly string[];
  readonly env: Readonly<Record<string, VariableDeclaration>>;
  /** Names of secrets that are variables of the process; sorted. Absent: none. */
  readonly secrets?: readonly string[];
  readonly healthPath?: string;
  /** What fox does so that it passes the context on. Absent: nothing. */
  readonly propagation?: Propagation;
}

/** sha256 (64 hex digits) of a manifest's content. */
export function manifestDigest(manifest: VersionManifest): string {
  return contentHash('fox-manifest', manifest as unknown as Json);
}

/** Whether two manifests say the same, whichever images were built from it. */
export function sameContent(a: VersionManifest, b: VersionManifest): boolean {
  return manifestDigest(withoutImages(a)) === manifestDigest(withoutImages(b));
}

function withoutImages(manifest: VersionManifest): VersionManifest {
  const components = Object.entries(manifest.components).map(([name, component]) => [
    name,
    { ...component, image: '' },
  ]);
  return { ...manifest, components: Object.fromEntries(components) };
}

/** A manifest as it stands in a ConfigMap's `binaryData.manifest`: base64 of gzip of canonical JSON. */
export function encodeManifest(manifest: VersionManifest): string {
  return gzipSync(canonicalJson(manifest as unknown as Json)).toString('base64');
}

/**
 * The manifest of a ConfigMap.
 * @throws FoxError CLUSTER_ERROR if it is damaged or of a format that this fox doesn't know.
 */
export function decodeManifest(encoded: string, name: string): VersionManifest {
  let document: unknown;
  try {
    const text = gunzipSync(Buffer.from(encoded, 'base64'), { maxOutputLength: maxManifestSize });
    document = JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw damaged(name, cause);
  }
  if (!isObject(document)) throw damaged(name);
  if (document['format'] !== manifestFormat) {
    throw new FoxError(
      'CLUSTER_ERROR',
      `version ${name} has manifest format ${String(document['format'])}; this fox knows format ${manifestFormat}`,
      { hints: ['Upgrade fox to the version that wrote it.'] },
    );
  }
  if (typeof document['app'] !== 'string' || !isObject(document['components'])) throw damaged(name);
  return document as unknown as VersionManifest;
}

/** Bytes of JSON. A ConfigMap holds 1 MiB of gzip; more than this is not a manifest, but a bomb. */
const maxManifestSize = 64 * 1024 * 1024;

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function damaged(name: string, cause?: unknown): FoxError {
  return new FoxError('CLUSTER_ERROR', `the manifest of version ${name} is damaged`, {
    hints: ['Deploy the version again from its commit, or delete it: `fox delete <version>`.'],
    cause,
  });
}
