// Ends a virtual environment: what runs only there leaves, what others use stays, and last it goes itself.
import type { Namespace, NamespaceState } from '../../../cluster/namespace.ts';
import { deleteEnvironmentObjects } from '../../../cluster/objects/environment-removal.ts';
import { liveRouters } from '../../../cluster/routers/routers.ts';
import { planSettings } from '../../../core/plan/settings-plan.ts';
import { releaseKey } from '../../../core/release.ts';
import { wantedWorkloads } from '../../../core/plan/wanted.ts';
import { workloadKey } from '../../../core/version/workload.ts';
import type { ActionContext } from '../../context.ts';
import { notedSettings } from '../../rollout/settle-plan.ts';
import { settleWorkloads } from '../../rollout/settle.ts';
import { announce } from '../../session/acknowledgement.ts';
import { type EnvironmentEnd, planEnd } from './environment-end.ts';
import { environmentsByName } from '../known/known-environments.ts';
import { turns } from './turns.ts';

/**
 * Ends an environment, and the releases in it. Whoever calls holds the namespace, and has asked whether it may end
 * ({@link refuseEnd}). Can be interrupted at any point: the next time completes it, as its own object goes last.
 * @returns what ended, and whether anything was there.
 */
export async function endEnvironment(
  namespace: Namespace,
  name: string,
  state: NamespaceState,
  context: Pick<ActionContext, 'emit' | 'signal'>,
): Promise<EnvironmentEnd & { readonly existed: boolean }> {
  const { signal } = context;
  const end = await planEnd(state, name);
  await endReleases(namespace, name, end);
  for (const version of state.versions.filter(({ runsIn }) => runsIn.includes(name))) {
    signal.throwIfAborted();
    await namespace.removeRunsIn(version, name);
  }
  // No router may still send anybody to what leaves.
  await tellRouters(namespace, context);
  const { workloads } = await planEnd(await namespace.observe(), name);
  for (const workload of workloads) {
    signal.throwIfAborted();
    await namespace.deleteWorkload(workload.name);
  }
  await settleOthers(namespace);
  signal.throwIfAborted();
  const existed = await deleteEnvironmentObjects(namespace.client, {
    name,
    keepsSecrets: end.keepsSecrets,
    secretUid: state.environments.find(({ definition }) => definition.name === name)?.secretUid,
  });
  await tellRouters(namespace, context);
  return { ...end, workloads, existed: existed || end.releases.length + end.versions.length > 0 };
}

/** Waits until all routers that are alive know what was written; one that comes later reads it anyway. */
async function tellRouters(
  namespace: Namespace,
  context: Pick<ActionContext, 'emit' | 'signal'>,
): Promise<void> {
  const routers = await liveRouters(namespace.client);
  if (routers.length === 0) await namespace.updateReleases(() => ({}));
  else await announce(namespace, context.signal, context);
}

/** Before anything else: a release without the note that its version runs there would have its pods taken away. */
async function endReleases(namespace: Namespace, name: string, { releases }: EnvironmentEnd): Promise<void> {
  if (releases.length === 0) return;
  await namespace.updateReleases(() =>
    Object.fromEntries(releases.map(({ app }) => [releaseKey(name, app), null])),
  );
}

/** What stays has as many pods as those ask for who still use it. Services are those of versions, which all stay. */
async function settleOthers(namespace: Namespace): Promise<void> {
  const state = await namespace.observe();
  const running = new Set(state.workloads.map(workloadKey));
  const known = environmentsByName(state);
  const nextTurn = turns();
  // What is worked out once is remembered: all together takes no time then.
  for (const version of state.versions) {
    wantedWorkloads([version], known);
    await nextTurn();
  }
  const wanted = wantedWorkloads(state.versions, known);
  const staying = new Map([...wanted].filter(([key]) => running.has(key)));
  await settleWorkloads(namespace, planSettings(staying, notedSettings(state.workloads)));
}
