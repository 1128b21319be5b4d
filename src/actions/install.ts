// `fox install`: routers and keeper in a Kubernetes namespace, made or upgraded, and waited for.
import type { KubernetesObject } from '@kubernetes/client-node';
import type { ApiClient } from '../cluster/api/api-client.ts';
import { installedKeeper } from '../cluster/keeper/keeper-installation.ts';
import { keeperObjects } from '../cluster/keeper/keeper-objects.ts';
import {
  type AppliedObject,
  applyInstallation,
  installedRouter,
  type RouterAddress,
  routerAddress,
} from '../cluster/routers/router-installation.ts';
import { type RouterInstallation, routerObjects } from '../cluster/routers/router-objects.ts';
import { FoxError } from '../core/errors.ts';
import { objectName } from '../core/labels.ts';
import { explainAnswer } from './session/access.ts';
import { type ClusterSession, withCluster, withClusterSnapshot } from './session/cluster-session.ts';
import { type ActionContext, defaultTimeout } from './context.ts';
import { exclusively } from './session/exclusively.ts';
import { waitForWorkloads } from './rollout/workload-wait.ts';
import { withWorkspace, type Workspace } from './place/workspace.ts';
import {
  type InstallOptions,
  type KubernetesSession,
  refuseLoose,
  wantedInstallation,
} from './install/wanted-installation.ts';

/** What was installed, and how it is reached. */
export interface InstallResult {
  readonly schema: 'fox/v1';
  readonly kind: 'install';
  readonly namespace: string;
  readonly version: string;
  /** Version that was there before. */
  readonly previous?: string;
  readonly image: string;
  readonly objects: readonly AppliedObject[];
  readonly routers: { readonly ready: number };
  /** Base URL of the edge, where something leads there from outside. */
  readonly url?: string;
  readonly via: RouterAddress['via'];
}

/** The objects themselves, as `kubectl apply` takes them. */
export interface ObjectList {
  readonly apiVersion: 'v1';
  readonly kind: 'List';
  readonly items: readonly KubernetesObject[];
}

/** Installs or upgrades routers and keeper. @throws FoxError USAGE (as on the embedded cluster), CONFLICT, WORKLOAD_FAILED, TIMED_OUT. */
export async function install(options: InstallOptions, context: ActionContext): Promise<InstallResult> {
  refuseLoose(options);
  return withWorkspace(context, options, async (workspace) =>
    withCluster(workspace, context, async (session) => {
      requireKubernetes(session);
      const { client } = session.namespace;
      try {
        return await installOnce(options, workspace, session, context);
      } catch (error) {
        throw await explainAnswer(error, client, { context: session.cluster.context, part: 'installer' });
      }
    }),
  );
}

/** What {@link install} would apply. Changes nothing; an image that isn't there yet is built, but kept nowhere. */
export async function planInstallation(options: InstallOptions, context: ActionContext): Promise<ObjectList> {
  refuseLoose(options);
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async (session) => {
      requireKubernetes(session);
      const existing = await installedRouter(session.namespace.client);
      const wanted = await wantedInstallation(
        { ...options, dryRun: true },
        existing,
        workspace,
        session,
        context,
      );
      return { apiVersion: 'v1', kind: 'List', items: objectsOf(wanted) };
    }),
  );
}

function objectsOf(wanted: RouterInstallation): KubernetesObject[] {
  return [...routerObjects(wanted), ...keeperObjects(wanted)];
}

function requireKubernetes(session: ClusterSession): asserts session is KubernetesSession {
  if (session.cluster.kind === 'kubernetes') return;
  throw new FoxError('USAGE', 'the embedded cluster has its router already', {
    hints: ['Name a Kubernetes cluster with `--context`, or `cluster` in the config.'],
  });
}

async function installOnce(
  options: InstallOptions,
  workspace: Workspace,
  session: KubernetesSession,
  context: ActionContext,
): Promise<InstallResult> {
  const { namespace } = session;
  const { client } = namespace;
  const [existing, keeper] = await Promise.all([installedRouter(client), installedKeeper(client)]);
  const wanted = await wantedInstallation(options, existing, workspace, session, context);
  const known = new Set<string>([
    ...(existing === undefined ? [] : [objectName.router]),
    ...(keeper === undefined ? [] : [objectName.keeper]),
  ]);
  return exclusively(namespace, context, 'install', async (signal) => {
    await session.pullSecret?.put();
    const force = options.forceConflicts === true;
    await endPause(
      client,
      { name: objectName.router, what: 'the routers were' },
      existing,
      wanted.replicas,
      context,
    );
    await endPause(client, { name: objectName.keeper, what: 'the keeper was' }, keeper, 1, context);
    const objects = await applyInstallation(client, objectsOf(wanted), { force });
    const isServing = existing !== undefined && existing.ready > 0;
    await waitForWorkloads(
      namespace,
      new Set([objectName.router, objectName.keeper]),
      {
        timeout: options.timeout ?? defaultTimeout,
        cluster: session.cluster,
        isNew: (name) => !known.has(name),
        isPrunable: false,
        ...(isServing ? { undone: 'The routers that were there before go on serving.' } : {}),
      },
      context,
      signal,
    );
    // Not the Leases: those of routers that are just ending live, too.
    const [now, address] = await Promise.all([installedRouter(client), routerAddress(client)]);
    const { image, foxVersion } = wanted;
    return {
      schema: 'fox/v1',
      kind: 'install',
      namespace: client.namespace,
      version: foxVersion,
      ...(existing?.foxVersion === undefined ? {} : { previous: existing.foxVersion }),
      image: image.name,
      objects,
      routers: { ready: now?.ready ?? 0 },
      ...address,
    };
  });
}

/** What somebody has scaled to none would be waited for in vain: the number is fox's again. */
export async function endPause(
  client: ApiClient,
  { name, what }: { readonly name: string; readonly what: string },
  existing: { readonly foxVersion?: string; readonly replicas: number } | undefined,
  replicas: number,
  { emit }: Pick<ActionContext, 'emit'>,
): Promise<void> {
  if (existing?.foxVersion === undefined || existing.replicas > 0) return;
  emit({
    type: 'warning',
    text: `${what} scaled to 0: now ${replicas === 1 ? '1 is' : `${replicas} are`} wanted`,
  });
  await client.patch('deployments', name, { spec: { replicas } });
}
