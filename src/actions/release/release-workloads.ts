// What a version needs to be released in an environment: its workloads there, made and ready.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import type { Environment } from '../../core/environments/environment.ts';
import { makePlan, type Plan } from '../../core/plan/plan.ts';
import { workloadKey } from '../../core/version/workload.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import type { Choice } from './release-choice.ts';
import type { ReleaseTarget } from './release-target.ts';
import { withoutAutoscaled } from '../rollout/scaling.ts';
import { settleRest } from '../rollout/settle.ts';
import { rollOut } from '../rollout/workload-rollout.ts';

/** The environment exists, the version's workloads run in it, and all are ready. @returns how many had to be made. */
export async function makeReady(
  namespace: Namespace,
  target: ReleaseTarget,
  state: NamespaceState,
  choice: Choice,
  options: CommonOptions,
  context: ActionContext,
): Promise<number> {
  const { version } = choice;
  const name = target.environment;
  if (
    !hasEnvironment(target, state) &&
    (await namespace.createEnvironment({ name, vars: {} }, target.isDefault))
  ) {
    const text = `Created virtual environment ${name}, with no configuration of its own`;
    context.emit({ type: 'info', text });
  }
  const plan = planOf(state, choice);
  const { create, keep } = plan;
  const scale = await withoutAutoscaled(plan.scale, namespace, state);
  if (create.length > 0) await target.pullSecret?.put();
  const origin = { version: version.name, commit: version.commit };
  const undone = `${version.name} was not released.`;
  const place = { namespace, cluster: target.cluster };
  await rollOut(place, { create, scale, keep, origin, undone }, options, context, context.signal);
  await namespace.addRunsIn(version, name);
  if (create.length > 0) await settleRest(namespace, await namespace.observe());
  return create.length;
}

/** What the version needs there: it is planned as a deployment of what is stored. */
export function planOf(state: NamespaceState, { version, environment }: Choice): Plan {
  const ofApp = state.versions.filter(({ app }) => app === version.app);
  const workloads = state.workloads.filter(({ app }) => app === version.app);
  return makePlan({
    manifest: version.manifest,
    environments: [environment],
    versions: ofApp.filter((each) => each !== version),
    replaces: version,
    position: ofApp.indexOf(version),
    known: new Map<string, Environment>(environmentsByName(state)),
    running: new Map(workloads.map((each) => [workloadKey(each), each.replicas])),
  });
}

/** Whether all is there that a released version needs. */
export async function isComplete(
  target: ReleaseTarget,
  state: NamespaceState,
  choice: Choice,
  namespace: Namespace,
): Promise<boolean> {
  const { create, scale, keep } = planOf(state, choice);
  if (!hasEnvironment(target, state) || create.length > 0) return false;
  if ((await namespace.secrets.lackingCopies(keep)).length > 0) return false;
  return (await withoutAutoscaled(scale, namespace, state)).length === 0;
}

function hasEnvironment({ environment: wanted }: ReleaseTarget, { environments }: NamespaceState): boolean {
  return environments.some(({ definition }) => definition.name === wanted);
}
