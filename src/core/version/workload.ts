// A workload: one component with everything that decides what its pods do. One Deployment each.
import {
  type Environment,
  resolveSecrets,
  resolveVariables,
  variableText,
} from '../environments/environment.ts';
import { keptContentHash } from './canonical.ts';
import { workloadHashes } from './identity.ts';
import type { ManifestComponent, VersionManifest } from './manifest.ts';

/** One component at one workload hash. */
export interface Workload {
  readonly app: string;
  readonly component: string;
  /** Workload hash, 64 hex digits. */
  readonly hash: string;
  readonly definition: ManifestComponent;
  /** Values of its declared variables as the process sees them. */
  readonly env: Readonly<Record<string, string>>;
  /** Fingerprints of the secrets that its process has as variables, by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Asked for again and again while one state of a namespace is looked at; neither manifests nor environments change. */
const remembered = new WeakMap<VersionManifest, WeakMap<Environment, ReadonlyMap<string, Workload>>>();

/** The workloads that a version needs in an environment, by component. */
export function workloadsOf(
  manifest: VersionManifest,
  environment: Environment,
): ReadonlyMap<string, Workload> {
  const ofManifest = remembered.get(manifest) ?? new WeakMap<Environment, ReadonlyMap<string, Workload>>();
  remembered.set(manifest, ofManifest);
  const workloads = ofManifest.get(environment) ?? makeWorkloads(manifest, environment);
  ofManifest.set(environment, workloads);
  return workloads;
}

function makeWorkloads(manifest: VersionManifest, environment: Environment): Map<string, Workload> {
  const workloads = new Map<string, Workload>();
  for (const [component, hash] of workloadHashes(manifest, environment, keptContentHash)) {
    const definition = manifest.components[component];
    if (definition === undefined) throw new Error(`${component} isn't in the manifest`);
    const { values } = resolveVariables(definition.template, environment, 'process');
    const env = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, variableText(value)]),
    );
    const secrets = resolveSecrets(definition.template, environment);
    workloads.set(component, { app: manifest.app, component, hash, definition, env, secrets });
  }
  return workloads;
}

/** Identifies a workload in a cluster: `app/component/hash`. */
export function workloadKey(workload: { app: string; component: string; hash: string }): string {
  return `${workload.app}/${workload.component}/${workload.hash.slice(0, 40)}`;
}
