// The one way by which virtual environments change: validated whole, then what it needs is made, then written, then the rest leaves.
import type { Namespace, NamespaceState } from '../../../cluster/namespace.ts';
import type { Workload } from '../../../core/version/workload.ts';
import type { ActionContext, CommonOptions } from '../../context.ts';
import { settleRest } from '../../rollout/settle.ts';
import { withoutAutoscaled } from '../../rollout/scaling.ts';
import { rollOut } from '../../rollout/workload-rollout.ts';
import type { ClusterSession } from '../../session/cluster-session.ts';
import { exclusively } from '../../session/exclusively.ts';
import { type ChangePlan, planChange } from './change-plan.ts';
import {
  fingerprintsIn,
  hasOldValues,
  hasSecrets,
  lackingValues,
  secretUids,
  storeSecrets,
  tellRestored,
} from './change-secrets.ts';
import { changeResult, type EnvironmentChangeResult } from './change-result.ts';
import { rightsToChange } from './change-rights.ts';
import { changesBetween, type EnvironmentChange } from './environment-change.ts';
import { awaitRouters, servedBy } from './served-change.ts';
import { tellOutlived } from '../known/outlived.ts';
import { refuseInvalidChange } from './validate-change.ts';
import { changedMeanwhile, writeEnvironments } from './write-environments.ts';

/** What of a session a change needs. */
export type ChangeSession = Pick<ClusterSession, 'cluster' | 'namespace' | 'pullSecret' | 'requireDeployer'>;

export interface ChangeOptions extends CommonOptions {
  /** The command: `env set`. */
  readonly kind: string;
  /** The same with its subject, for those who wait: `env set team-a`. */
  readonly what: string;
  /** Environment of plain traffic without any selector: it is marked so if it is created. */
  readonly defaultEnvironment: string;
  readonly dryRun?: boolean;
}

/** Says what is to be written, of what the namespace has. May throw to refuse. */
export type MakeChange = (state: NamespaceState) => EnvironmentChange | Promise<EnvironmentChange>;

/**
 * Changes virtual environments. `change` is asked twice: the second time once nobody else changes the namespace, and that
 * answer counts. Can be interrupted at any point: the same change again completes it.
 * @throws FoxError REFUSED with all problems, CONFLICT naming what somebody else has changed, WORKLOAD_FAILED, TIMED_OUT:
 * nothing is written then. TIMED_OUT also if it is written and not all routers serve it in time.
 */
export async function changeEnvironments(
  session: ChangeSession,
  options: ChangeOptions,
  context: ActionContext,
  change: MakeChange,
): Promise<EnvironmentChangeResult> {
  const { namespace } = session;
  const seen = await namespace.observe();
  const planned = await plan(namespace, seen, options, change);
  tellOutlived(planned, context);
  const lacking = await lackingValues(namespace.secrets, planned.change);
  if (options.dryRun === true) for (const name of lacking) tellRestored(name, planned, context);
  const isDone =
    isNothing(planned) &&
    !(await hasOldValues(namespace.secrets, seen, planned.change)) &&
    lacking.length === 0;
  if (options.dryRun === true || isDone) return changeResult(options, seen, planned);
  await session.requireDeployer?.(rightsToChange(planned));
  return exclusively(namespace, context, options.what, async (signal) => {
    const state = await namespace.observe();
    const now = await plan(namespace, state, options, change);
    refuseRace(seen, state, now);
    return carryOut(session, state, now, options, { ...context, signal });
  });
}

/** Plans a change that is valid and for which everything can be had. */
async function plan(
  { secrets }: Namespace,
  state: NamespaceState,
  options: ChangeOptions,
  change: MakeChange,
): Promise<ChangePlan> {
  const planned = planChange(state, await change(state));
  refuseInvalidChange(state, planned, options);
  for (const values of planned.change.secrets?.values() ?? []) secrets.offer(values);
  await secrets.require(planned.create.map(({ workload }) => workload));
  return planned;
}

async function carryOut(
  session: ChangeSession,
  state: NamespaceState,
  planned: ChangePlan,
  options: ChangeOptions,
  context: ActionContext,
): Promise<EnvironmentChangeResult> {
  const { namespace } = session;
  const { environments, affected } = planned;
  await awaitRouters(namespace, context.signal);
  // Copies for workloads have what it recognises.
  await namespace.secrets.keepKey(fingerprintsIn(planned.change));
  await makeReady(session, state, planned, options, context);
  context.signal.throwIfAborted();
  const sentAt = performance.now();
  await storeSecrets(namespace.secrets, planned, context);
  await writeEnvironments(namespace, state, planned, {
    by: context.user,
    secretUids: await secretUids(namespace.secrets, state, planned.change),
    defaultEnvironment: options.defaultEnvironment,
  });
  const names = environments.map(({ name }) => name);
  const isUsed = state.versions.some(({ runsIn }) => runsIn.some((name) => affected.has(name)));
  const served = await servedBy(namespace, { names, sentAt, isUsed }, options, context);
  await removeRest(namespace, planned);
  return changeResult(options, state, planned, served);
}

/** Makes the workloads that will be needed, and waits until they are ready. */
async function makeReady(
  { namespace, cluster, pullSecret }: ChangeSession,
  state: NamespaceState,
  { create, scale, keep, environments }: ChangePlan,
  options: ChangeOptions,
  context: ActionContext,
): Promise<void> {
  if (create.length > 0) await pullSecret?.put();
  const origins = new Map(create.map(({ workload, origin }) => [workload, origin]));
  const names = environments.map(({ name }) => name);
  const request = {
    create: [...origins.keys()],
    scale: await withoutAutoscaled(scale, namespace, state),
    keep,
    origin: (workload: Workload) => origins.get(workload) ?? { version: '', commit: '' },
    undone: `${names.join(', ')} ${names.length === 1 ? 'stays as it was' : 'stay as they were'}.`,
    isPrunable: create.length > 0,
  };
  await rollOut({ namespace, cluster }, request, options, context, context.signal);
}

/** What nothing needs any more leaves; it has until its requests are answered. */
async function removeRest(
  namespace: Namespace,
  { remove, change: { put }, before }: ChangePlan,
): Promise<void> {
  for (const { name } of remove) await namespace.deleteWorkload(name);
  const state = await namespace.observe();
  await settleRest(namespace, state);
  const had = put.some(({ name }) => hasSecrets(before.get(name)));
  if (had) await namespace.secrets.removeUnused(state);
}

/** Everything is as it is to be, and all runs. */
function isNothing({ environments, create, scale, remove }: ChangePlan): boolean {
  const idle = [create, scale, remove].every(({ length }) => length === 0);
  return idle && environments.every(({ action }) => action === 'unchanged');
}

/**
 * Whoever was faster has changed what this changes, too: not so what each does to another value.
 * When it ends is no such thing: the later one counts.
 */
function refuseRace(seen: NamespaceState, state: NamespaceState, { environments }: ChangePlan): void {
  const before = new Map(seen.environments.map((each) => [each.definition.name, each]));
  const now = new Map(state.environments.map((each) => [each.definition.name, each]));
  for (const { name, changes } of environments) {
    const [was, is] = [before.get(name), now.get(name)];
    const others = new Set(changesBetween(was?.definition, is?.definition).map((each) => each.name));
    const isDeleted = was !== undefined && is === undefined;
    if (isDeleted || changes.some((each) => others.has(each.name) && each.name !== 'expiresAt'))
      throw changedMeanwhile(name, was, is);
  }
}
