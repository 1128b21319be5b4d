// `fox release` and `fox rollback`: move plain traffic of one virtual environment to another version of the whole app.
import type { Namespace, NamespaceState } from '../cluster/namespace.ts';
import { liveRouters } from '../cluster/routers.ts';
import type { StoredVersion } from '../cluster/version-object.ts';
import { withWriteLease } from '../cluster/write-lease.ts';
import { emptyEnvironment } from '../core/environment.ts';
import { FoxError } from '../core/errors.ts';
import {
  release as nextRelease,
  type ReleaseRecord,
  releaseKey,
  type ReleaseRequest,
  type Releases,
  rollback as previousRelease,
} from '../core/release.ts';
import { environmentProblems, type Workload, workloadKey, workloadsOf } from '../core/workload.ts';
import { acknowledged } from './acknowledgement.ts';
import { type ClusterSession, withCluster, withClusterSnapshot } from './cluster-session.ts';
import { type ActionContext, type CommonOptions, defaultTimeout } from './context.ts';
import { environmentsByName } from './deployment-plan.ts';
import { findVersion, requireEnvironment, requireEnvironmentName } from './lookup.ts';
import { releaseTies } from './release-ties.ts';
import { rollOut } from './workload-rollout.ts';
import { withWorkspace, type Workspace } from './workspace.ts';

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
  /** Workloads that had to be made in this environment first. */
  readonly created: number;
  readonly routers: { readonly acked: number; readonly total: number };
  /** From sending the write to the last router's acknowledgement, in ms; absent if nothing was written. */
  readonly flipMs?: number;
  /** It was released already. */
  readonly unchanged: boolean;
  readonly dryRun: boolean;
}

/** Releases a version into a virtual environment. */
export async function release(options: ReleaseOptions, context: ActionContext): Promise<ReleaseResult> {
  return withReleasing('release', options, context, (state, app, environment, request) => {
    const current = state.releases.records.get(environment)?.get(app);
    const version = findVersion(state, app, options.version);
    return {
      version,
      record: nextRelease(current, { version: version.name, manifestDigest: version.digest }, request),
    };
  });
}

/** Returns to what was released before in a virtual environment. */
export async function rollback(options: RollbackOptions, context: ActionContext): Promise<ReleaseResult> {
  return withReleasing('rollback', options, context, (state, app, environment, request) => {
    requireEnvironment(state, environment);
    const current = state.releases.records.get(environment)?.get(app);
    const digestOf = (name: string) =>
      state.versions.find((version) => version.app === app && version.name === name)?.digest;
    const record = previousRelease(current, digestOf, request);
    return { version: findVersion(state, app, record.version), record };
  });
}

/** Chooses the version and the next record from what the cluster has. */
interface Choose {
  (state: NamespaceState, app: string, environment: string, request: ReleaseRequest): Choice;
}

interface Choice {
  readonly version: StoredVersion;
  readonly record: ReleaseRecord;
}

async function withReleasing(
  kind: ReleaseResult['kind'],
  options: RollbackOptions,
  context: ActionContext,
  choose: Choose,
): Promise<ReleaseResult> {
  return withWorkspace(context, options, async (workspace) => {
    const environment = options.virtualEnv ?? workspace.defaultEnvironment;
    requireEnvironmentName(environment);
    const request: ReleaseRequest = {
      id: context.newId(),
      by: context.user,
      reason: options.reason ?? kind,
      at: context.now().toISOString(),
    };
    const reach = options.dryRun === true ? withClusterSnapshot : withCluster;
    return reach(workspace, context, async (session) => {
      const releasing = new Releasing(kind, workspace, session, environment, options, context);
      return releasing.run((state) => choose(state, workspace.app, environment, request));
    });
  });
}

/** One release on its way: what all of its steps need. */
class Releasing {
  readonly #kind: ReleaseResult['kind'];
  readonly #app: string;
  readonly #environment: string;
  readonly #isDefault: boolean;
  readonly #namespace: Namespace;
  readonly #options: RollbackOptions;
  readonly #context: ActionContext;

  constructor(
    kind: ReleaseResult['kind'],
    workspace: Workspace,
    session: ClusterSession,
    environment: string,
    options: RollbackOptions,
    context: ActionContext,
  ) {
    this.#kind = kind;
    this.#app = workspace.app;
    this.#environment = environment;
    this.#isDefault = environment === workspace.defaultEnvironment;
    this.#namespace = session.namespace;
    this.#options = options;
    this.#context = context;
  }

  async run(choose: (state: NamespaceState) => Choice): Promise<ReleaseResult> {
    const seen = await this.#namespace.observe();
    const first = choose(seen);
    const current = this.#currentOf(seen.releases);
    if (this.#isReleased(current, first)) return this.#result(first.record, { current, unchanged: true });
    const problems = this.#problems(seen, first.version);
    if (problems.length > 0) throw refused(first.version.name, this.#environment, problems);
    if (this.#options.dryRun === true) {
      return this.#result(first.record, {
        current,
        created: this.#missing(seen, first.version).length,
        dryRun: true,
      });
    }
    if ((await liveRouters(this.#namespace.client)).length === 0) throw noRouter();
    const holder = `${this.#context.user}: ${this.#kind} ${this.#app} ${first.version.name} in ${this.#environment}`;
    const onWait = (by: string) => this.#context.emit({ type: 'info', text: `Waiting for ${by} to finish` });
    return withWriteLease(this.#namespace.client, holder, onWait, this.#context.signal, async (signal) => {
      const state = await this.#namespace.observe();
      this.#refuseRace(current, this.#currentOf(state.releases));
      return this.#carryOut(state, choose(state), signal);
    });
  }

  async #carryOut(
    state: NamespaceState,
    { version, record }: Choice,
    signal: AbortSignal,
  ): Promise<ReleaseResult> {
    const current = this.#currentOf(state.releases);
    const created = await this.#makeReady(state, version, signal);
    if (current !== undefined) await this.#namespace.keepHistory(this.#app, this.#environment, current);
    const { epoch, sentAt } = await this.#namespace.updateReleases((now) => {
      this.#refuseRace(current, this.#currentOf(now));
      return { [releaseKey(this.#environment, this.#app)]: JSON.stringify(record) };
    });
    const routers = await acknowledged(
      this.#namespace,
      epoch,
      this.#options.timeout ?? defaultTimeout,
      signal,
    );
    const flipMs = performance.now() - sentAt;
    if (routers.total === 0 || routers.acked < routers.total) throw notAcknowledged(record.version, routers);
    return this.#result(record, { current, created, routers, flipMs });
  }

  /** The environment exists, the version's workloads run in it, and all are ready. */
  async #makeReady(state: NamespaceState, version: StoredVersion, signal: AbortSignal): Promise<number> {
    const environment = this.#environmentOf(state);
    if (await this.#namespace.createEnvironment(environment, this.#isDefault)) {
      this.#context.emit({
        type: 'info',
        text: `Created virtual environment ${this.#environment}, with no configuration of its own`,
      });
    }
    const create = this.#missing(state, version);
    const keep = [...workloadsOf(version.manifest, environment).values()].filter(
      (workload) => !create.includes(workload),
    );
    const origin = { version: version.name, commit: version.commit };
    await rollOut(this.#namespace, { create, scale: [], keep, origin }, this.#options, this.#context, signal);
    await this.#namespace.addRunsIn(version, this.#environment);
    return create.length;
  }

  #missing(state: NamespaceState, version: StoredVersion): Workload[] {
    const running = new Set(state.workloads.map(workloadKey));
    return [...workloadsOf(version.manifest, this.#environmentOf(state)).values()].filter(
      (workload) => !running.has(workloadKey(workload)),
    );
  }

  #environmentOf(state: NamespaceState) {
    return environmentsByName(state).get(this.#environment) ?? emptyEnvironment(this.#environment);
  }

  #problems(state: NamespaceState, version: StoredVersion): string[] {
    return [
      ...environmentProblems(version.manifest, this.#environmentOf(state)),
      ...releaseTies(version.manifest, this.#environment, state),
    ];
  }

  #currentOf(releases: Releases): ReleaseRecord | undefined {
    return releases.records.get(this.#environment)?.get(this.#app);
  }

  #isReleased(current: ReleaseRecord | undefined, { version }: Choice): boolean {
    return (
      current !== undefined && current.version === version.name && current.manifestDigest === version.digest
    );
  }

  #refuseRace(expected: ReleaseRecord | undefined, now: ReleaseRecord | undefined): void {
    if (expected?.id === now?.id) return;
    throw new FoxError(
      'CONFLICT',
      `${now?.by ?? 'somebody'} released ${now?.version ?? 'another version'} in ${this.#environment} at the same time; nothing was changed by this command`,
      {
        hints: [
          `\`fox history --virtual-env ${this.#environment}\` shows who did what. Run this again if it shall still be done.`,
        ],
      },
    );
  }

  #result(
    record: ReleaseRecord,
    {
      current,
      created = 0,
      routers = { acked: 0, total: 0 },
      flipMs,
      unchanged = false,
      dryRun = false,
    }: {
      current: ReleaseRecord | undefined;
      created?: number;
      routers?: ReleaseResult['routers'];
      flipMs?: number;
      unchanged?: boolean;
      dryRun?: boolean;
    },
  ): ReleaseResult {
    const previous = unchanged ? current?.previous?.version : current?.version;
    return {
      schema: 'fox/v1',
      kind: this.#kind,
      app: this.#app,
      virtualEnv: this.#environment,
      version: record.version,
      ...(previous === undefined ? {} : { previous }),
      revision: unchanged ? (current?.revision ?? record.revision) : record.revision,
      state: record.state,
      created,
      routers,
      ...(flipMs === undefined ? {} : { flipMs: Math.round(flipMs * 10) / 10 }),
      unchanged,
      dryRun,
    };
  }
}

function refused(version: string, environment: string, problems: readonly string[]): FoxError {
  return new FoxError('REFUSED', `${version} can't be released in ${environment}`, {
    details: problems,
    hints: ['Nothing was changed. Mend the problems and deploy a new version.'],
  });
}

function noRouter(): FoxError {
  return new FoxError('ROUTER_NOT_READY', 'no router is alive, so nobody could serve the release', {
    hints: ['`fox cluster status` shows the router; `fox cluster stop && fox cluster start` starts it anew.'],
  });
}

function notAcknowledged(version: string, { acked, total }: { acked: number; total: number }): FoxError {
  return new FoxError(
    'TIMED_OUT',
    `${version} is released, but only ${acked} of ${total} routers serve it yet`,
    {
      hints: [
        '`fox status` shows the routers. They take it over as soon as they can; `fox rollback` takes it back.',
      ],
    },
  );
}
