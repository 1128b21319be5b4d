// One move of the pointer: validate, make what is missing, write, and wait until the routers serve it.
import type { Namespace, NamespaceState } from '../cluster/namespace.ts';
import type { StoredVersion } from '../cluster/objects/version-object.ts';
import { emptyEnvironment, type Environment } from '../core/environment.ts';
import { FoxError } from '../core/errors.ts';
import { makePlan, type Plan } from '../core/plan.ts';
import { type ReleaseRecord, releaseKey, type Releases } from '../core/release.ts';
import { environmentProblems, workloadKey } from '../core/workload.ts';
import { type Acknowledgement, acknowledged } from './session/acknowledgement.ts';
import type { SessionCluster } from './session/cluster-session.ts';
import { warnChanged } from './changed-workloads.ts';
import { type ActionContext, type CommonOptions, defaultTimeout } from './context.ts';
import { environmentsByName } from './environments/known-environments.ts';
import { approveEnvironment } from './new-environment.ts';
import { exclusively } from './session/exclusively.ts';
import type { PullSecret } from './session/pull-secret.ts';
import { requireLiveRouter } from './session/require-router.ts';
import { releaseTies } from './release-ties.ts';
import { withoutAutoscaled } from './rollout/scaling.ts';
import { settleRest } from './rollout/settle.ts';
import { rollOut } from './rollout/workload-rollout.ts';

/** Which pointer moves. */
export interface ReleaseTarget {
  readonly app: string;
  readonly environment: string;
  /** It is the environment of plain traffic without any selector. */
  readonly isDefault: boolean;
  /** `release` or `rollback`, for those who wait. */
  readonly what: string;
  readonly cluster: SessionCluster;
  /** What pods pull with, where that must be put first. */
  readonly pullSecret?: PullSecret;
}

/** What it is to point at: a version, and the record that says so. */
export interface Choice {
  readonly version: StoredVersion;
  readonly record: ReleaseRecord;
}

/** What came of it. */
export interface Released {
  /**
   * `unchanged`: it was so already · `completed`: it was released already, and what it needs is all there again ·
   * `planned`: a dry run.
   */
  readonly outcome: 'released' | 'unchanged' | 'completed' | 'planned';
  /** The record that is in force now (in a dry run: would be). */
  readonly record: ReleaseRecord;
  /** The record before. */
  readonly before?: ReleaseRecord;
  /** Workloads that had to be made first. */
  readonly created: number;
  readonly routers: Acknowledgement;
  /** From sending the write to the last router's acknowledgement, in ms. */
  readonly flipMs?: number;
}

const nobody: Acknowledgement = { acked: 0, total: 0 };

/**
 * Moves the pointer to what `choose` makes of the namespace's state. It is asked again once the namespace is held.
 * @throws FoxError REFUSED with all problems, CONFLICT if somebody else was faster, ROUTER_NOT_READY, TIMED_OUT.
 */
export async function releaseOnce(
  namespace: Namespace,
  target: ReleaseTarget,
  options: CommonOptions & { readonly dryRun?: boolean },
  context: ActionContext,
  choose: (state: NamespaceState) => Choice,
): Promise<Released> {
  const seen = await namespace.observe();
  const { version, record } = choose(seen);
  const before = currentOf(target, seen.releases);
  const place = { cluster: target.cluster, namespace: namespace.client.namespace };
  warnChanged(planOf(target, seen, version).keep, seen, place, context);
  const again = before !== undefined && isReleased(before, version);
  if (again && (await isComplete(target, seen, version, namespace))) {
    return { outcome: 'unchanged', record: before, before, created: 0, routers: nobody };
  }
  refuseProblems(target, seen, version);
  if (options.dryRun === true) {
    const created = planOf(target, seen, version).create.length;
    return {
      outcome: 'planned',
      record: again ? before : record,
      ...(before === undefined ? {} : { before }),
      created,
      routers: nobody,
    };
  }
  await requireLiveRouter(namespace, context.signal);
  if (!target.isDefault) await approveEnvironment(target.environment, seen, context);
  const what = `${target.what} ${version.app} ${version.name} in ${target.environment}`;
  return exclusively(namespace, context, what, async (signal) => {
    const state = await namespace.observe();
    refuseRace(target, before, state.releases);
    return carryOut(namespace, target, state, choose(state), options, { ...context, signal });
  });
}

async function carryOut(
  namespace: Namespace,
  target: ReleaseTarget,
  state: NamespaceState,
  { version, record }: Choice,
  options: CommonOptions,
  context: ActionContext,
): Promise<Released> {
  const { app, environment } = target;
  const before = currentOf(target, state.releases);
  refuseProblems(target, state, version);
  const created = await makeReady(namespace, target, state, version, options, context);
  // What is released already keeps its record: only what it needs wasn't all there.
  const again = before !== undefined && isReleased(before, version);
  if (before !== undefined && !again) await namespace.keepHistory(app, environment, before);
  const { epoch, sentAt } = await namespace.updateReleases((now) => {
    refuseRace(target, before, now);
    return again ? {} : { [releaseKey(environment, app)]: JSON.stringify(record) };
  });
  const routers = await acknowledged(namespace, epoch, options.timeout ?? defaultTimeout, context.signal);
  const flipMs = performance.now() - sentAt;
  if (routers.total === 0 || routers.acked < routers.total) throw notAcknowledged(record.version, routers);
  return {
    outcome: again ? 'completed' : 'released',
    record: again ? before : record,
    ...(before === undefined ? {} : { before }),
    created,
    routers,
    flipMs,
  };
}

/** The environment exists, the version's workloads run in it, and all are ready. @returns how many had to be made. */
async function makeReady(
  namespace: Namespace,
  target: ReleaseTarget,
  state: NamespaceState,
  version: StoredVersion,
  options: CommonOptions,
  context: ActionContext,
): Promise<number> {
  const environment = environmentOf(target, state);
  if (
    !hasEnvironment(target, state) &&
    (await namespace.createEnvironment({ name: environment.name, vars: {} }, target.isDefault))
  ) {
    const text = `Created virtual environment ${environment.name}, with no configuration of its own`;
    context.emit({ type: 'info', text });
  }
  const plan = planOf(target, state, version);
  const { create, keep } = plan;
  const scale = await withoutAutoscaled(plan.scale, namespace, state);
  if (create.length > 0) await target.pullSecret?.put();
  const origin = { version: version.name, commit: version.commit };
  const undone = `${version.name} was not released.`;
  const place = { namespace, cluster: target.cluster };
  await rollOut(place, { create, scale, keep, origin, undone }, options, context, context.signal);
  await namespace.addRunsIn(version, environment.name);
  if (create.length > 0) await settleRest(namespace, await namespace.observe());
  return create.length;
}

/** What the version needs there: it is planned as a deployment of what is stored. */
function planOf(target: ReleaseTarget, state: NamespaceState, version: StoredVersion): Plan {
  const ofApp = state.versions.filter(({ app }) => app === version.app);
  const workloads = state.workloads.filter(({ app }) => app === version.app);
  const environment = environmentOf(target, state);
  return makePlan({
    manifest: version.manifest,
    environments: [environment],
    versions: ofApp.filter((each) => each !== version),
    replaces: version,
    position: ofApp.indexOf(version),
    known: new Map<string, Environment>(environmentsByName(state)).set(environment.name, environment),
    running: new Map(workloads.map((each) => [workloadKey(each), each.replicas])),
  });
}

/** Whether all is there that a released version needs. */
async function isComplete(
  target: ReleaseTarget,
  state: NamespaceState,
  version: StoredVersion,
  namespace: Namespace,
): Promise<boolean> {
  const { create, scale } = planOf(target, state, version);
  if (!hasEnvironment(target, state) || create.length > 0) return false;
  return (await withoutAutoscaled(scale, namespace, state)).length === 0;
}

function hasEnvironment({ environment: wanted }: ReleaseTarget, { environments }: NamespaceState): boolean {
  return environments.some(({ definition }) => definition.name === wanted);
}

function environmentOf({ environment }: ReleaseTarget, state: NamespaceState): Environment {
  return environmentsByName(state).get(environment) ?? emptyEnvironment(environment);
}

function currentOf({ app, environment }: ReleaseTarget, { records }: Releases): ReleaseRecord | undefined {
  return records.get(environment)?.get(app);
}

function isReleased(current: ReleaseRecord, { name, digest }: StoredVersion): boolean {
  return current.version === name && current.manifestDigest === digest;
}

function refuseProblems(
  target: ReleaseTarget,
  state: NamespaceState,
  { name, manifest }: StoredVersion,
): void {
  const problems = [
    ...environmentProblems(manifest, environmentOf(target, state)),
    ...releaseTies(manifest, target.environment, state),
  ];
  if (problems.length === 0) return;
  throw new FoxError('REFUSED', `${name} can't be released in ${target.environment}`, {
    details: problems,
    hints: ['Nothing was changed. Mend the problems and deploy a new version.'],
  });
}

function refuseRace(target: ReleaseTarget, expected: ReleaseRecord | undefined, releases: Releases): void {
  const now = currentOf(target, releases);
  if (expected?.id === now?.id) return;
  const who = `${now?.by ?? 'somebody'} released ${now?.version ?? 'another version'} in ${target.environment}`;
  throw new FoxError('CONFLICT', `${who} at the same time; nothing was changed by this command`, {
    hints: [
      `\`fox history --virtual-env ${target.environment}\` shows who did what. Run this again if it shall still be done.`,
    ],
  });
}

function notAcknowledged(version: string, { acked, total, behind = [] }: Acknowledgement): FoxError {
  return new FoxError(
    'TIMED_OUT',
    `${version} is released, but only ${acked} of ${total} routers serve it yet`,
    {
      details: behind,
      hints: [
        '`fox status` shows the routers. They take it over as soon as they can; `fox rollback` takes it back.',
      ],
    },
  );
}
