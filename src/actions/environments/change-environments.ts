// The one way by which virtual environments change: validated whole, then what it needs is made, then written, then the rest leaves.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import { writeEnvironment } from '../../cluster/objects/environment-writing.ts';
import { FoxError } from '../../core/errors.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { defaultTimeout } from '../context.ts';
import { settleRest } from '../rollout/settle.ts';
import { withoutAutoscaled } from '../rollout/scaling.ts';
import { rollOut } from '../rollout/workload-rollout.ts';
import { type Acknowledgement, acknowledged } from '../session/acknowledgement.ts';
import type { ClusterSession } from '../session/cluster-session.ts';
import { exclusively } from '../session/exclusively.ts';
import { objectName } from '../../core/labels.ts';
import { type ChangePlan, planChange } from './change-plan.ts';
import type { ChangedEnvironment, EnvironmentChange } from './environment-change.ts';

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

/** What a change did, or would do. */
export interface EnvironmentChangeResult {
  readonly schema: 'fox/v1';
  readonly kind: string;
  readonly environments: readonly ChangedEnvironment[];
  /** Names of workloads. */
  readonly workloads: { readonly create: readonly string[]; readonly remove: readonly string[] };
  readonly pods: { readonly before: number; readonly after: number };
  readonly routers: { readonly acked: number; readonly total: number };
  /** From sending the first write to the last router's acknowledgement, in ms; absent if nothing was written. */
  readonly flipMs?: number;
  readonly dryRun: boolean;
}

/**
 * Changes virtual environments. `change` says what is to be written, of what the namespace has; it is asked again once the
 * namespace is held, and may throw to refuse. Can be interrupted at any point: the same change again completes it.
 * @throws FoxError REFUSED with all problems, CONFLICT if somebody else was faster; WORKLOAD_FAILED, TIMED_OUT before anything is written.
 */
export async function changeEnvironments(
  session: ChangeSession,
  options: ChangeOptions,
  context: ActionContext,
  change: (state: NamespaceState) => EnvironmentChange,
): Promise<EnvironmentChangeResult> {
  const { namespace } = session;
  const seen = await namespace.observe();
  const planned = planChange(seen, change(seen));
  if (options.dryRun === true || isNothing(planned)) return changeResult(options, planned);
  await session.requireDeployer?.();
  return exclusively(namespace, context, options.what, async (signal) => {
    const state = await namespace.observe();
    const plan = planChange(state, change(state));
    return carryOut(session, state, plan, options, { ...context, signal });
  });
}

async function carryOut(
  session: ChangeSession,
  state: NamespaceState,
  plan: ChangePlan,
  options: ChangeOptions,
  context: ActionContext,
): Promise<EnvironmentChangeResult> {
  const { namespace } = session;
  await makeReady(session, state, plan, options, context);
  const sentAt = performance.now();
  await write(namespace, state, plan, options, context);
  const { epoch } = await namespace.updateReleases(() => ({}));
  const routers = await acknowledged(namespace, epoch, options.timeout ?? defaultTimeout, context.signal);
  const flipMs = performance.now() - sentAt;
  for (const { name } of plan.remove) await namespace.deleteWorkload(name);
  await settleRest(namespace, await namespace.observe());
  return changeResult(options, plan, { routers, flipMs });
}

/** Makes the workloads that will be needed, and waits until they are ready. */
async function makeReady(
  { namespace, cluster, pullSecret }: ChangeSession,
  state: NamespaceState,
  { create, scale, keep }: ChangePlan,
  options: ChangeOptions,
  context: ActionContext,
): Promise<void> {
  if (create.length > 0) await pullSecret?.put();
  const origins = new Map(create.map(({ workload, origin }) => [workload, origin]));
  const request = {
    create: [...origins.keys()],
    scale: await withoutAutoscaled(scale, namespace, state),
    keep,
    origin: (workload: (typeof keep)[number]) => origins.get(workload) ?? { version: '', commit: '' },
    undone: 'The virtual environment stays as it was.',
  };
  await rollOut({ namespace, cluster }, request, options, context, context.signal);
}

async function write(
  namespace: Namespace,
  state: NamespaceState,
  { change, environments }: ChangePlan,
  { defaultEnvironment }: ChangeOptions,
  { user: by }: ActionContext,
): Promise<void> {
  const stored = new Map(state.environments.map((each) => [each.definition.name, each]));
  const changed = new Set(environments.flatMap(({ name, action }) => (action === 'unchanged' ? [] : [name])));
  for (const definition of change.put.filter(({ name }) => changed.has(name))) {
    const { name } = definition;
    const replaces = stored.get(name);
    const isDefault = name === defaultEnvironment;
    if (!(await writeEnvironment(namespace.client, { definition, replaces, isDefault, by })))
      throw new FoxError('CONFLICT', `somebody else has changed ${name} at the same time`);
  }
  for (const name of change.remove ?? [])
    await namespace.client.delete('configmaps', objectName.environment(name));
}

/** Everything is as it is to be, and all runs. */
function isNothing({ environments, create, scale, keep, remove }: ChangePlan): boolean {
  const idle = [create, scale, keep, remove].every(({ length }) => length === 0);
  return idle && environments.every(({ action }) => action === 'unchanged');
}

function changeResult(
  { kind, dryRun = false }: ChangeOptions,
  { environments, create, remove, pods }: ChangePlan,
  done?: { readonly routers: Acknowledgement; readonly flipMs: number },
): EnvironmentChangeResult {
  const { acked, total } = done?.routers ?? { acked: 0, total: 0 };
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
    routers: { acked, total },
    ...(done === undefined ? {} : { flipMs: Math.round(done.flipMs * 10) / 10 }),
    dryRun,
  };
}
