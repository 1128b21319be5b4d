// What a change of virtual environments did, or would do, as data.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import { objectName } from '../../../core/labels.ts';
import type { ChangePlan } from './change-plan.ts';
import type { ChangedEnvironment } from './environment-change.ts';

export interface EnvironmentChangeResult {
  readonly schema: 'fox/v1';
  /** The command: `env set`. */
  readonly kind: string;
  readonly environments: readonly ChangedEnvironment[];
  /** Names of workloads. */
  readonly workloads: { readonly create: readonly string[]; readonly remove: readonly string[] };
  readonly pods: { readonly before: number; readonly after: number };
  readonly routers: { readonly acked: number; readonly total: number };
  /** From sending the first write to the last router's acknowledgement, in ms; absent if nothing was written. */
  readonly flipMs?: number;
  /** Releases that keep what they were released with, whatever is changed. */
  readonly held: readonly HeldRelease[];
  readonly dryRun: boolean;
}

/** A release in a stable environment that a change says nothing to. */
export interface HeldRelease {
  readonly app: string;
  readonly version: string;
  readonly environment: string;
}

/** Who serves what was written. */
export interface Served {
  readonly routers: { readonly acked: number; readonly total: number };
  readonly flipMs: number;
}

/** @param served absent if nothing was written. */
export function changeResult(
  { kind, dryRun = false }: { readonly kind: string; readonly dryRun?: boolean },
  state: NamespaceState,
  plan: ChangePlan,
  served?: Served,
): EnvironmentChangeResult {
  const { environments, create, remove, pods } = plan;
  return {
    schema: 'fox/v1',
    kind,
    environments,
    workloads: {
      create: create.map(({ workload: { app, component, hash } }) =>
        objectName.workload(app, component, hash),
      ),
      remove: remove.map(({ name }) => name),
    },
    pods,
    routers: served?.routers ?? { acked: 0, total: 0 },
    ...(served === undefined ? {} : { flipMs: Math.round(served.flipMs * 10) / 10 }),
    held: heldReleases(state, plan),
    dryRun,
  };
}

/** Names of changes that a release in a stable environment doesn't follow. */
const values = /^(vars\.|secrets\.|parent$|policy$)/;

/** What is said of hosts and the like is no part of what a release holds on to. */
function heldReleases({ versions }: NamespaceState, { environments, affected }: ChangePlan): HeldRelease[] {
  if (!environments.some(({ changes }) => changes.some(({ name }) => values.test(name)))) return [];
  return versions.flatMap(({ app, name: version, held }) =>
    held
      .filter(({ environment, isInForce }) => isInForce && affected.has(environment.name))
      .map(({ environment: { name } }) => ({ app, version, environment: name })),
  );
}
