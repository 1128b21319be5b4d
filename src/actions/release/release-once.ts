// One move of the pointer: validate, make what is missing, write, and wait until the routers serve it.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import { inForceFrom, type ReleaseRecord, releaseKey } from '../../core/release.ts';
import { warnChanged } from '../deploy/changed-workloads.ts';
import { type ActionContext, type CommonOptions, defaultTimeout } from '../context.ts';
import { warnUnused } from '../environments/known/environment-problems.ts';
import type { ValueChange } from '../environments/change/environment-change.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { concernsConfigurations, forgetFormer, removeFormer } from './held-configurations.ts';
import { approveEnvironment } from '../lookup/new-environment.ts';
import { configurationChanges } from './release-changes.ts';
import { type Choice, currentRecord, isReleased } from './release-choice.ts';
import { notAcknowledged, refuseProblems, refuseRace } from './release-refusals.ts';
import type { ReleaseTarget } from './release-target.ts';
import { isComplete, makeReady, planOf } from './release-workloads.ts';
import { type Acknowledgement, acknowledged } from '../session/acknowledgement.ts';
import { exclusively } from '../session/exclusively.ts';
import { refuseOtherDefault } from '../lookup/default-environment.ts';
import { requireLiveRouter } from '../session/require-router.ts';

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
  /** Digest of the configuration that it holds on to (64 hex digits); absent: what the environment says counts. */
  readonly configuration?: string;
  /** What of the configuration is other than what was released before; known where both are of releases that hold on to one. */
  readonly changes: readonly ValueChange[];
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
  if (target.isDefault) refuseOtherDefault(seen, target.environment, target.environment);
  const choice = choose(seen);
  const { version, record } = choice;
  const before = currentRecord(seen, target);
  const place = { cluster: target.cluster, namespace: namespace.client.namespace };
  warnChanged(planOf(seen, choice).keep, seen, place, context);
  const again = before !== undefined && isReleased(before, choice, seen);
  if (again && (await isComplete(target, seen, choice, namespace)))
    return { ...outcomeOf(choice, seen, before), outcome: 'unchanged', record: before };
  await refuseProblems(namespace, target, seen, choice);
  warnUnused(
    environmentsByName(seen).get(target.environment) ?? choice.environment,
    version.manifest,
    seen,
    context,
  );
  if (options.dryRun === true) {
    const created = planOf(seen, choice).create.length;
    return {
      ...outcomeOf(choice, seen, before),
      outcome: 'planned',
      record: again ? before : record,
      created,
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

/** What is told in any case. */
function outcomeOf(choice: Choice, state: NamespaceState, before: ReleaseRecord | undefined) {
  const { configuration } = choice.environment;
  return {
    ...(before === undefined ? {} : { before }),
    ...(configuration === undefined ? {} : { configuration }),
    changes: configurationChanges(choice, state, before),
    created: 0,
    routers: nobody,
  };
}

async function carryOut(
  namespace: Namespace,
  target: ReleaseTarget,
  state: NamespaceState,
  choice: Choice,
  options: CommonOptions,
  context: ActionContext,
): Promise<Released> {
  const before = currentRecord(state, target);
  if (target.isDefault) refuseOtherDefault(state, target.environment, target.environment);
  await refuseProblems(namespace, target, state, choice);
  const created = await makeReady(namespace, target, state, choice, options, context);
  const record = inForceFrom(choice.record, context.now().toISOString());
  // What is released already keeps its record: only what it needs wasn't all there.
  const again = before !== undefined && isReleased(before, choice, state);
  const succession = { before, after: again ? before : record };
  if (!again) await keepBefore(namespace, target, state, choice, context);
  const { epoch, sentAt } = await namespace.updateReleases((now) => {
    refuseRace(target, before, now);
    return again ? {} : { [releaseKey(target.environment, target.app)]: JSON.stringify(record) };
  });
  const routers = await acknowledged(namespace, epoch, options.timeout ?? defaultTimeout, context.signal);
  const flipMs = performance.now() - sentAt;
  if (routers.total === 0 || routers.acked < routers.total) throw notAcknowledged(record.version, routers);
  if (concernsConfigurations(succession)) await removeFormer(namespace, target, state);
  return {
    ...outcomeOf(choice, state, before),
    outcome: again ? 'completed' : 'released',
    record: succession.after,
    created,
    routers,
    flipMs,
  };
}

/** Writes what has to be there before the pointer moves. */
async function keepBefore(
  namespace: Namespace,
  target: ReleaseTarget,
  state: NamespaceState,
  { record, environment, isTaken }: Choice,
  context: ActionContext,
): Promise<void> {
  const before = currentRecord(state, target);
  if (isTaken) await namespace.keepConfiguration(target.app, record.revision, environment);
  await forgetFormer(namespace, target, { before, after: record }, state, context);
  if (before !== undefined) await namespace.keepHistory(target.app, target.environment, before);
}
