// The state of a namespace for tests: versions, environments, releases, and what these hold on to.
import type { NamespaceState } from '../../../src/cluster/namespace.ts';
import {
  configurationObject,
  heldBy,
  readConfiguration,
} from '../../../src/cluster/objects/configuration-object.ts';
import { readVersion, versionObject } from '../../../src/cluster/objects/version-object.ts';
import type { Environment } from '../../../src/core/environments/environment.ts';
import type { EnvironmentDefinition } from '../../../src/core/environments/environment-definition.ts';
import type { VersionManifest } from '../../../src/core/version/manifest.ts';
import { parseReleases, releaseKey, type ReleaseRecord } from '../../../src/core/release.ts';

/** What a test says of a namespace; the rest is empty. */
export interface Sketch {
  readonly versions?: readonly { readonly manifest: VersionManifest; readonly runsIn?: readonly string[] }[];
  readonly environments?: readonly (Partial<EnvironmentDefinition> & { readonly name: string })[];
  /** By environment, then app. */
  readonly releases?: Readonly<Record<string, Readonly<Record<string, ReleaseRecord>>>>;
  readonly configurations?: readonly {
    readonly app: string;
    readonly revision: number;
    readonly environment: Environment;
  }[];
  readonly workloads?: NamespaceState['workloads'];
}

/** The state that a namespace with all this is read as. */
export function namespaceOf(sketch: Sketch): NamespaceState {
  const configurations = (sketch.configurations ?? []).flatMap(
    ({ app, revision, environment }) =>
      readConfiguration(configurationObject(app, revision, environment)) ?? [],
  );
  const records = Object.entries(sketch.releases ?? {}).flatMap(([environment, apps]) =>
    Object.entries(apps).map(
      ([app, record]) => [releaseKey(environment, app), JSON.stringify(record)] as const,
    ),
  );
  const releases = parseReleases(Object.fromEntries(records));
  return {
    versions: (sketch.versions ?? []).map(({ manifest, runsIn = [] }) =>
      readVersion(versionObject(manifest, runsIn), (version) => heldBy(version, releases, configurations)),
    ),
    environments: (sketch.environments ?? []).map((definition) => ({
      definition: { vars: {}, ...definition },
      isDefault: false,
      createdAt: '',
      resourceVersion: '1',
    })),
    releases,
    configurations,
    workloads: sketch.workloads ?? [],
  };
}

/** A record of a release. */
export function recordOf(
  version: string,
  more: Partial<ReleaseRecord> & { readonly manifestDigest?: string } = {},
): ReleaseRecord {
  return {
    id: `release of ${version}`,
    revision: 1,
    version,
    manifestDigest: 'digest',
    strategy: 'instant',
    state: 'active',
    by: 'jane@laptop',
    reason: 'release',
    at: '2026-01-02T03:04:05Z',
    ...more,
  };
}
