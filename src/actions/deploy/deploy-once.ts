// Carrying out a deployment: build what is missing, run it, and only then write the version.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import type { VersionManifest } from '../../core/version/manifest.ts';
import { deploymentName } from '../../core/names.ts';
import type { Workload } from '../../core/version/workload.ts';
import { announce } from '../session/acknowledgement.ts';
import { buildImages } from '../images/build-images.ts';
import type { ClusterSession } from '../session/cluster-session.ts';
import type { ActionContext } from '../context.ts';
import { type DeploymentPlan, planDeployment, withImages } from './deployment-plan.ts';
import { cutStreams, streamsByWorkload } from '../leftovers/cut-streams.ts';
import { exclusively } from '../session/exclusively.ts';
import { missingReferences } from '../leftovers/missing-references.ts';
import type { DeployOptions } from '../plan.ts';
import type { Revision } from '../place/revision.ts';
import { scaleDown, withoutAutoscaled } from '../rollout/scaling.ts';
import { settleWorkloads } from '../rollout/settle.ts';
import { removeUnwanted } from '../leftovers/unwanted.ts';
import { rollOut } from '../rollout/workload-rollout.ts';
import { refuseOtherDefault } from '../lookup/default-environment.ts';
import type { Workspace } from '../place/workspace.ts';

/**
 * Carries out a deployment's plan: builds, then, while nobody else changes the namespace, creates, waits, and writes the version.
 * @returns what was done: less than planned, where others did some of it meanwhile.
 * @throws FoxError BUILD_FAILED before anything has reached the cluster; WORKLOAD_FAILED, TIMED_OUT, CONFLICT before the version is written.
 */
export async function deployOnce(
  revision: Revision,
  planned: DeploymentPlan,
  workspace: Workspace,
  session: ClusterSession,
  options: DeployOptions,
  context: ActionContext,
): Promise<DeploymentPlan> {
  const { namespace, images } = session;
  const { app, version } = planned.manifest;
  const build = ({ plan, manifest }: DeploymentPlan) =>
    buildImages(plan.build, manifest, { revision, workspace, session }, options, context);
  const built = await build(planned);
  return exclusively(namespace, context, `deploy ${deploymentName(app, version)}`, async (signal) => {
    // Others may have changed the cluster while this one was building.
    const environment = planned.environments[0].name;
    await removeLost(planned.lost, namespace);
    const state = await namespace.observe();
    refuseOtherDefault(state, environment, workspace.defaultEnvironment);
    const now = await planDeployment(withImages(revision.manifest, built), environment, state, images);
    // An image that was there before may have been pruned meanwhile.
    const manifest = withImages(now.manifest, await build(now));
    const isDefault = environment === workspace.defaultEnvironment;
    const exists = state.environments.some(({ definition }) => definition.name === environment);
    if (!exists && (await namespace.createEnvironment({ name: environment, vars: {} }, isDefault)))
      announceEnvironment(environment, isDefault, state, context);
    const create = now.plan.create.map((workload) => withDefinition(workload, manifest));
    const origin = { version, commit: revision.commit };
    const force = options.forceConflicts === true;
    // A component must find what it calls as soon as it runs.
    await namespace.applyServices(now.services, { force });
    const scale = await withoutAutoscaled(now.plan.scale, namespace, state);
    const undone = now.existing === undefined ? {} : { undone: `Version ${version} stays as it was.` };
    // What is left of a deploy that failed before can be removed, too.
    const isPrunable = create.length > 0 || now.existing === undefined;
    const request = { ...now.plan, create, scale, origin, isPrunable, ...undone };
    await rollOut(session, request, options, context, signal);
    await settleWorkloads(namespace, now.plan.settle, { force, signal });
    await writeVersion(namespace, manifest, now);
    await announce(namespace, signal, context);
    // Only now: until it is written, the version before it wants what it has.
    await scaleDown(now.plan.fewer, namespace, state);
    if (now.existing?.mutable === true) {
      warnReleased(now.manifest, state, context);
      const streams = await streamsByWorkload(namespace);
      const removed = await removeUnwanted(namespace, { onlyOf: [now.existing] });
      const leaving = removed.map(({ workload }) => workload);
      warnCut(version, cutStreams(streams, leaving), context);
    }
    return whatWasDone(planned, now);
  });
}

/** The plan that was carried out, with what was built before it was made. */
function whatWasDone(planned: DeploymentPlan, now: DeploymentPlan): DeploymentPlan {
  const before = new Map(planned.plan.components.map((each) => [each.name, each]));
  const components = now.plan.components.map((each) =>
    each.action === 'none' ? each : (before.get(each.name) ?? each),
  );
  const build = [...new Set([...planned.plan.build, ...now.plan.build])];
  return { ...now, plan: { ...now.plan, components, build } };
}

/** A version that follows a branch takes its releases along: plain traffic goes to what was deployed now. */
function warnReleased(
  { app, version }: VersionManifest,
  { releases }: NamespaceState,
  { emit }: ActionContext,
): void {
  const environments = [...releases.records].filter(([, apps]) => apps.get(app)?.version === version);
  if (environments.length === 0) return;
  const names = environments.map(([name]) => name).join(', ');
  const text = `${version} is released in ${names}: plain traffic there goes to what was deployed now`;
  emit({ type: 'warning', text });
}

/** The pods of what it replaces go once they had time to finish, and take the streams with them that are open on them. */
function warnCut(version: string, streams: number, { emit }: ActionContext): void {
  if (streams === 0) return;
  const [which, go] = streams === 1 ? ['stream', 'is'] : ['streams', 'are'];
  const text = `${streams} open ${which} (WebSockets, events) of what ${version} was before ${go} cut`;
  emit({ type: 'warning', text });
}

/** Workloads whose images are gone start afresh with what was built now, unless somebody has mended them meanwhile. */
async function removeLost(names: readonly string[], namespace: Namespace): Promise<void> {
  if (names.length === 0) return;
  const { workloads } = await namespace.observe();
  const lost = workloads.filter(({ name, available }) => available === 0 && names.includes(name));
  for (const { name } of lost) await namespace.deleteWorkload(name);
}

/** A planned workload with the image that was built for it since. */
function withDefinition(workload: Workload, { components }: VersionManifest): Workload {
  return { ...workload, definition: components[workload.component] ?? workload.definition };
}

async function writeVersion(
  namespace: Namespace,
  manifest: VersionManifest,
  { existing, isStored, environments: [{ name: environment }] }: DeploymentPlan,
): Promise<void> {
  const runsIn = [...new Set([...(existing?.runsIn ?? []), environment])];
  if (existing === undefined || !isStored) await namespace.writeVersion(manifest, runsIn, existing);
  else await namespace.addRunsIn(existing, environment);
}

function announceEnvironment(
  environment: string,
  isDefault: boolean,
  state: NamespaceState,
  { emit }: ActionContext,
): void {
  const again = missingReferences(state).some(
    ({ kind, name }) => kind === 'environment' && name === environment,
  );
  if (isDefault && !again) return;
  const text = `Created virtual environment ${environment}${again ? ', which was missing' : ''}, with no configuration of its own`;
  emit({ type: 'info', text });
}
