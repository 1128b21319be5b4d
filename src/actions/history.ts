// `fox history`: who released what, when and why, newest first.
import type { NamespaceState } from '../cluster/namespace.ts';
import { shortHash } from '../core/labels.ts';
import type { ReleaseRecord } from '../core/release.ts';
import { withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { requireEnvironment } from './lookup/lookup.ts';
import { withWorkspace } from './place/workspace.ts';

export interface HistoryOptions extends CommonOptions {
  /** One virtual environment; without it, all of them. */
  readonly virtualEnv?: string;
}

/** What `fox history` lists. */
export interface HistoryResult {
  readonly schema: 'fox/v1';
  readonly kind: 'history';
  readonly items: readonly HistoryItem[];
}

/** One release. */
export interface HistoryItem {
  readonly app: string;
  readonly virtualEnv: string;
  readonly revision: number;
  /** It is what plain traffic goes to now. */
  readonly current: boolean;
  readonly from?: string;
  readonly to: string;
  /** What it holds on to; absent: what the environment says counted at any time. */
  readonly configuration?: HistoricConfiguration;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** A configuration that a release holds on to, or did. */
export interface HistoricConfiguration {
  /** Release that it was taken for: a rollback restores it. */
  readonly revision: number;
  /** 40 hex digits; absent: it is kept no longer. */
  readonly digest?: string;
}

/** Lists releases; doesn't start a cluster. */
export async function history(options: HistoryOptions, context: ActionContext): Promise<HistoryResult> {
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async ({ namespace }) => {
      const { app } = workspace;
      const state = await namespace.observe();
      // A release outlives a virtual environment that somebody has removed by hand.
      const all = [
        ...new Set([
          ...state.environments.map(({ definition }) => definition.name),
          ...state.releases.records.keys(),
        ]),
      ];
      if (options.virtualEnv !== undefined && !all.includes(options.virtualEnv))
        requireEnvironment(state, options.virtualEnv);
      const environments = options.virtualEnv === undefined ? all : [options.virtualEnv];
      const items = await Promise.all(
        environments.map(async (environment) => {
          const current = state.releases.records.get(environment)?.get(app);
          const past = await namespace.history(app, environment);
          const records =
            current === undefined ? past : [current, ...past.filter(({ id }) => id !== current.id)];
          return records.map((record) => ({
            ...historyItem(app, environment, record, record.id === current?.id),
            ...historicConfiguration(record, state),
          }));
        }),
      );
      return {
        schema: 'fox/v1',
        kind: 'history',
        items: [...newestFirst(items)],
      };
    }),
  );
}

/** Joins lists that are newest first. Each keeps its order, as clocks of several people may differ. */
function* newestFirst(lists: readonly (readonly HistoryItem[])[]): Generator<HistoryItem> {
  const rest = lists.map((list) => [...list]);
  for (;;) {
    const heads = rest.filter((list) => list.length > 0);
    const next = heads.toSorted(([a], [b]) => (b?.at ?? '').localeCompare(a?.at ?? ''))[0]?.shift();
    if (next === undefined) return;
    yield next;
  }
}

function historyItem(app: string, virtualEnv: string, record: ReleaseRecord, current: boolean): HistoryItem {
  const { revision, version, previous, by, reason, at } = record;
  return {
    app,
    virtualEnv,
    revision,
    current,
    ...(previous === undefined ? {} : { from: previous.version }),
    to: version,
    by,
    reason,
    at,
  };
}

function historicConfiguration(
  { config }: ReleaseRecord,
  { configurations }: Pick<NamespaceState, 'configurations'>,
): Pick<HistoryItem, 'configuration'> {
  const revision = Number(config?.slice(config.lastIndexOf('-') + 1));
  if (!Number.isSafeInteger(revision)) return {};
  const digest = configurations.find(({ name }) => name === config)?.environment.configuration;
  return { configuration: { revision, ...(digest === undefined ? {} : { digest: shortHash(digest) }) } };
}
