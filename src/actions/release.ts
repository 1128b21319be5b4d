// `fox release` and `fox rollback`: move plain traffic of one virtual environment to another version of the whole app.
import type { NamespaceState } from '../cluster/namespace.ts';
import { shortHash } from '../core/labels.ts';
import type { ReleaseRecord } from '../core/release.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import type { ValueChange } from './environments/change/environment-change.ts';
import { requireEnvironmentName } from './lookup/lookup.ts';
import { withWorkspace } from './place/workspace.ts';
import { type Choice, chooseRelease, chooseRollback, type Move } from './release/release-choice.ts';
import { type Released, releaseOnce } from './release/release-once.ts';
import { withCluster, withClusterSnapshot } from './session/cluster-session.ts';

export interface RollbackOptions extends CommonOptions {
  readonly virtualEnv?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

export interface ReleaseOptions extends RollbackOptions {
  readonly version: string;
}

/** What a release did. */
export interface ReleaseResult {
  readonly schema: 'fox/v1';
  readonly kind: 'release' | 'rollback';
  readonly app: string;
  readonly virtualEnv: string;
  readonly version: string;
  /** Version that was released before. */
  readonly previous?: string;
  readonly revision: number;
  readonly state: ReleaseRecord['state'];
  /** Digest of the configuration that it holds on to (40 hex digits); absent: what the environment says counts. */
  readonly configuration?: string;
  /** What of that is other than what was released before, if something is; secrets by their fingerprints. */
  readonly changes?: readonly ValueChange[];
  /** Workloads that had to be made in this environment first. */
  readonly created: number;
  readonly routers: { readonly acked: number; readonly total: number };
  /** From sending the write to the last router's acknowledgement, in ms; absent if nothing was written. */
  readonly flipMs?: number;
  /** It was released already. */
  readonly unchanged: boolean;
  /** It was released already, but what it needs was not all there, and is again. */
  readonly completed?: true;
  readonly dryRun: boolean;
}

/** Releases a version into a virtual environment. */
export async function release(options: ReleaseOptions, context: ActionContext): Promise<ReleaseResult> {
  return withReleasing('release', options, context, (state, move) =>
    chooseRelease(state, move, options.version),
  );
}

/** Returns to what was released before in a virtual environment. */
export async function rollback(options: RollbackOptions, context: ActionContext): Promise<ReleaseResult> {
  return withReleasing('rollback', options, context, chooseRollback);
}

/** Chooses the version and the next record from what the cluster has. */
interface Choose {
  (state: NamespaceState, move: Move): Choice;
}

async function withReleasing(
  kind: ReleaseResult['kind'],
  options: RollbackOptions,
  context: ActionContext,
  choose: Choose,
): Promise<ReleaseResult> {
  return withWorkspace(context, options, async (workspace) => {
    const { app, defaultEnvironment } = workspace;
    const environment = options.virtualEnv ?? defaultEnvironment;
    requireEnvironmentName(environment);
    const { newId, now, user: by } = context;
    const request = { id: newId(), by, reason: options.reason ?? kind };
    const reach = options.dryRun === true ? withClusterSnapshot : withCluster;
    return reach(workspace, context, async ({ namespace, cluster, pullSecret }) => {
      const isDefault = environment === defaultEnvironment;
      const target = {
        app,
        environment,
        isDefault,
        what: kind,
        cluster,
        ...(pullSecret === undefined ? {} : { pullSecret }),
      };
      const released = await releaseOnce(namespace, target, options, context, (state) =>
        // Asked again when it is our turn: that is the time which counts.
        choose(state, { app, environment, request: { ...request, at: now().toISOString() } }),
      );
      return releaseResult(kind, app, environment, released);
    });
  });
}

function releaseResult(
  kind: ReleaseResult['kind'],
  app: string,
  virtualEnv: string,
  { record, before, configuration, changes, created, routers, flipMs, outcome }: Released,
): ReleaseResult {
  const previous = record.id === before?.id ? record.previous?.version : before?.version;
  return {
    schema: 'fox/v1',
    kind,
    app,
    virtualEnv,
    version: record.version,
    ...(previous === undefined ? {} : { previous }),
    revision: record.revision,
    state: record.state,
    ...(configuration === undefined ? {} : { configuration: shortHash(configuration) }),
    ...(changes.length === 0 ? {} : { changes }),
    created,
    routers,
    ...(flipMs === undefined ? {} : { flipMs: Math.round(flipMs * 10) / 10 }),
    unchanged: outcome === 'unchanged',
    ...(outcome === 'completed' ? { completed: true } : {}),
    dryRun: outcome === 'planned',
  };
}
