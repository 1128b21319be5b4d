// A version as a ConfigMap: the manifest inside, and where it runs in an annotation.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { annotation, kind, label, managedBy, objectName } from '../../core/labels.ts';
import {
  decodeManifest,
  encodeManifest,
  manifestDigest,
  type VersionManifest,
} from '../../core/version/manifest.ts';
import type { HeldConfiguration } from '../../core/plan/wanted.ts';

/** A version that the cluster has. The manifest is decoded when it is first asked for. */
export interface StoredVersion {
  readonly app: string;
  readonly name: string;
  readonly commit: string;
  readonly digest: string;
  readonly mutable: boolean;
  /** Virtual environments asked for by deploy and release. */
  readonly runsIn: readonly string[];
  /** What its releases in stable environments hold on to. */
  readonly held: readonly HeldConfiguration[];
  /** Virtual environments in which what its release holds on to is gone. */
  readonly lost: readonly string[];
  /** RFC 3339. */
  readonly createdAt: string;
  readonly resourceVersion: string;
  readonly manifest: VersionManifest;
}

/** The ConfigMap of a version. Named versions are immutable: the API itself refuses to change them. */
export function versionObject(manifest: VersionManifest, runsIn: readonly string[]): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectName.version(manifest.app, manifest.version),
      labels: {
        [label.managedBy]: managedBy,
        [label.partOf]: manifest.app,
        [label.kind]: kind.version,
        [label.app]: manifest.app,
        [label.version]: manifest.version,
      },
      annotations: {
        [annotation.commit]: manifest.commit,
        [annotation.manifestDigest]: manifestDigest(manifest),
        [annotation.runsIn]: runsIn.join(','),
      },
    },
    ...(manifest.mutable ? {} : { immutable: true }),
    binaryData: { manifest: encodeManifest(manifest) },
  };
}

/** The version in a ConfigMap. `heldBy` tells what its releases hold on to, and where that is gone. */
export function readVersion(
  object: V1ConfigMap,
  heldBy: (version: Pick<StoredVersion, 'app' | 'name'>) => Pick<StoredVersion, 'held' | 'lost'> = nothing,
): StoredVersion {
  const { labels = {}, annotations = {}, creationTimestamp, resourceVersion = '' } = object.metadata ?? {};
  const name = labels[label.version] ?? '';
  const app = labels[label.app] ?? '';
  return {
    app,
    name,
    ...heldBy({ app, name }),
    commit: annotations[annotation.commit] ?? '',
    digest: annotations[annotation.manifestDigest] ?? '',
    mutable: object.immutable !== true,
    runsIn: (annotations[annotation.runsIn] ?? '').split(',').filter((each) => each !== ''),
    createdAt: String(creationTimestamp ?? ''),
    resourceVersion,
    get manifest() {
      return manifestIn(object, name);
    },
  };
}

const decoded = new WeakMap<V1ConfigMap, VersionManifest>();

function manifestIn(object: V1ConfigMap, name: string): VersionManifest {
  const manifest = decoded.get(object) ?? decodeManifest(object.binaryData?.['manifest'] ?? '', name);
  decoded.set(object, manifest);
  return manifest;
}

function nothing(): Pick<StoredVersion, 'held' | 'lost'> {
  return { held: [], lost: [] };
}
