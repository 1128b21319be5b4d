// `fox logs`: what the pods of a component printed, of one version or of all.
import { isStatus } from '../cluster/api-client.ts';
import type { PodView } from '../cluster/pod-object.ts';
import { FoxError } from '../core/errors.ts';
import { shortHash } from '../core/labels.ts';
import { didYouMean } from '../core/names.ts';
import { workloadsOf } from '../core/workload.ts';
import { type ClusterSession, withCluster } from './cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { environmentsByName } from './deployment-plan.ts';
import { findVersion, requireEnvironment } from './lookup.ts';
import { withWorkspace, type Workspace } from './workspace.ts';

export interface LogsOptions extends CommonOptions {
  readonly component: string;
  readonly version?: string;
  readonly virtualEnv?: string;
  /** Go on until cancelled. */
  readonly follow?: boolean;
  /** Only the last lines of each pod. */
  readonly tail?: number;
  /** The last run of each pod instead of the current one. */
  readonly previous?: boolean;
}

/** A line of a pod's log. */
export interface LogLine {
  readonly pod: string;
  readonly line: string;
}

/** Hands out lines as they come; those of several pods in the order of arrival. */
export async function logs(
  options: LogsOptions,
  context: ActionContext,
  onLine: (line: LogLine) => void,
): Promise<void> {
  await withWorkspace(context, options, async (workspace) =>
    withCluster(workspace, context, async (session) => {
      const pods = await podsOf(options, workspace, session);
      const query = {
        ...(options.follow === true ? { follow: 'true' } : {}),
        ...(options.tail === undefined ? {} : { tailLines: String(options.tail) }),
        ...(options.previous === true ? { previous: 'true' } : {}),
      };
      const read = async ({ name }: PodView) => {
        for await (const line of session.namespace.client.log(name, query, context.signal))
          onLine({ pod: name, line });
      };
      const outcomes = await Promise.allSettled(pods.map(read));
      refuseFailures(outcomes, options);
      // Who follows ends it by Ctrl-C: that is no failure.
      if (options.follow !== true) context.signal.throwIfAborted();
    }),
  );
}

async function podsOf(
  { component, version, virtualEnv }: LogsOptions,
  { app, defaultEnvironment }: Workspace,
  { namespace }: ClusterSession,
): Promise<PodView[]> {
  const state = await namespace.observe();
  const known = [
    ...new Set(
      state.workloads.filter((workload) => workload.app === app).map((workload) => workload.component),
    ),
  ];
  if (!known.includes(component)) throw unknownComponent(component, known);
  if (version === undefined) return someOf(await namespace.pods({ app, component }), component);
  if (virtualEnv !== undefined) requireEnvironment(state, virtualEnv);
  const stored = findVersion(state, app, version);
  const environment = environmentsByName(state).get(virtualEnv ?? stored.runsIn[0] ?? defaultEnvironment);
  const workload =
    environment === undefined ? undefined : workloadsOf(stored.manifest, environment).get(component);
  if (workload === undefined) throw unknownComponent(component, Object.keys(stored.manifest.components));
  return someOf(await namespace.pods({ app, component, hash: shortHash(workload.hash) }), component);
}

function someOf(pods: PodView[], component: string): PodView[] {
  if (pods.length > 0) return pods;
  throw new FoxError('NOT_FOUND', `${component} has no pods there`, {
    hints: ['`fox status` shows what runs.'],
  });
}

/** A pod that was never restarted has no previous run: that counts only if it is so for all of them. */
function refuseFailures(
  outcomes: readonly PromiseSettledResult<void>[],
  { component, previous }: LogsOptions,
): void {
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  const noRun = (error: unknown) => previous === true && isStatus(error, 400);
  const other = failures.find((error) => !noRun(error));
  if (other !== undefined) throw other;
  if (failures.length < outcomes.length || failures.length === 0) return;
  throw new FoxError('NOT_FOUND', `${component} has no previous run: its pods were never restarted`, {
    hints: [`\`fox logs ${component}\` shows the current one.`],
    cause: failures[0],
  });
}

function unknownComponent(component: string, known: readonly string[]): FoxError {
  const guess = didYouMean(component, known);
  return new FoxError('NOT_FOUND', `there is no component "${component}"`, {
    hints: [
      ...(guess === undefined ? [] : [`Did you mean \`${guess}\`?`]),
      known.length === 0 ? 'Nothing is deployed yet.' : `There are: ${[...known].toSorted().join(', ')}.`,
    ],
  });
}
