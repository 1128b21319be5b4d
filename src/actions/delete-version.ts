// `fox delete`: a version leaves, and with it the workloads that no other version uses.
import type { NamespaceState } from '../cluster/namespace.ts';
import { FoxError } from '../core/errors.ts';
import { deploymentName } from '../core/names.ts';
import { wantedWorkloads } from '../core/wanted.ts';
import { workloadKey } from '../core/workload.ts';
import { announce } from './session/acknowledgement.ts';
import { withCluster, withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { environmentsByName } from './deployment-plan.ts';
import { exclusively } from './session/exclusively.ts';
import { findVersion, lookUpVersion } from './lookup.ts';
import { removeUnwanted, unwantedWorkloads } from './unwanted.ts';
import { withWorkspace } from './place/workspace.ts';

export interface DeleteOptions extends CommonOptions {
  readonly version: string;
  readonly dryRun?: boolean;
  /** A version that doesn't exist is as good as deleted. */
  readonly ignoreNotFound?: boolean;
}

/** What a delete did. */
export interface DeleteResult {
  readonly schema: 'fox/v1';
  readonly kind: 'delete';
  readonly app: string;
  readonly version: string;
  /** It was there. */
  readonly existed: boolean;
  /** Workloads (Deployments) that left with it. */
  readonly workloads: readonly string[];
  readonly dryRun: boolean;
}

/** Deletes a version. @throws FoxError IN_USE while it is released, or is what a release would roll back to. */
export async function deleteVersion(options: DeleteOptions, context: ActionContext): Promise<DeleteResult> {
  const reach = options.dryRun === true ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) =>
    reach(workspace, context, async ({ namespace }) => {
      const { app } = workspace;
      const seen = await namespace.observe();
      if (options.ignoreNotFound === true && lookUpVersion(seen, app, options.version) === undefined)
        return nothingDeleted(app, options);
      const { name } = findVersion(seen, app, options.version);
      refuseInUse(seen, app, name);
      if (options.dryRun === true) return result(app, name, wouldLeave(seen, app, name), true);
      return exclusively(namespace, context, `delete ${deploymentName(app, name)}`, async (signal) => {
        const state = await namespace.observe();
        const version = findVersion(state, app, name);
        refuseInUse(state, app, name);
        await namespace.deleteVersion(version);
        // No router may still know the version when its pods leave.
        await announce(namespace, signal, context);
        const removed = await removeUnwanted(namespace, { onlyOf: version });
        return result(
          app,
          name,
          removed.map(({ workload }) => workload.name),
          false,
        );
      });
    }),
  );
}

function result(app: string, version: string, workloads: readonly string[], dryRun: boolean): DeleteResult {
  return { schema: 'fox/v1', kind: 'delete', app, version, existed: true, workloads, dryRun };
}

function nothingDeleted(app: string, { version, dryRun = false }: DeleteOptions): DeleteResult {
  return { schema: 'fox/v1', kind: 'delete', app, version, existed: false, workloads: [], dryRun };
}

function wouldLeave(state: NamespaceState, app: string, name: string): string[] {
  const version = findVersion(state, app, name);
  const own = wantedWorkloads([version], environmentsByName(state));
  const without = { ...state, versions: state.versions.filter((each) => each !== version) };
  return unwantedWorkloads(without)
    .filter(({ workload }) => own.has(workloadKey(workload)))
    .map(({ workload }) => workload.name);
}

function refuseInUse({ releases }: NamespaceState, app: string, name: string): void {
  const records = [...releases.records].flatMap(([environment, apps]) => {
    const record = apps.get(app);
    return record === undefined ? [] : [{ environment, record }];
  });
  const released = records
    .filter(({ record }) => record.version === name)
    .map(({ environment }) => environment);
  if (released.length > 0) {
    throw new FoxError('IN_USE', `${name} is released in ${released.join(', ')}`, {
      hints: [`Release another version there first: \`fox release <version> --virtual-env ${released[0]}\`.`],
    });
  }
  const target = records
    .filter(({ record }) => record.previous?.version === name)
    .map(({ environment }) => environment);
  if (target.length > 0) {
    throw new FoxError('IN_USE', `${name} is what \`fox rollback\` would return to in ${target.join(', ')}`, {
      hints: ['It can be deleted after the next release there.'],
    });
  }
}
