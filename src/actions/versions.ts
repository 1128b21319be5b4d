// `fox versions`: the app's versions, oldest first.
import { clusterSummary, type ClusterSummary, withClusterSnapshot } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { withWorkspace } from './place/workspace.ts';

/** What `fox versions` lists. */
export interface VersionsResult {
  readonly schema: 'fox/v1';
  readonly kind: 'versions';
  readonly cluster: ClusterSummary;
  readonly items: readonly VersionItem[];
}

/** One version. */
export interface VersionItem {
  readonly app: string;
  readonly name: string;
  readonly commit: string;
  readonly mutable: boolean;
  /** Made from uncommitted changes. */
  readonly dirty: boolean;
  readonly components: number;
  /** Virtual environments in which it runs. */
  readonly runsIn: readonly string[];
  /** Virtual environments in which it is released. */
  readonly releasedIn: readonly string[];
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Lists versions; doesn't start a cluster. */
export async function versions(options: CommonOptions, context: ActionContext): Promise<VersionsResult> {
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async (session) => {
      const { app } = workspace;
      const state = await session.namespace.observe();
      const own = state.versions.filter((version) => version.app === app);
      const items = own.map(({ name, commit, mutable, manifest, runsIn, createdAt }) => ({
        app,
        name,
        commit,
        mutable,
        dirty: manifest.dirty,
        components: Object.keys(manifest.components).length,
        runsIn,
        releasedIn: [...state.releases.records]
          .filter(([, apps]) => apps.get(app)?.version === name)
          .map(([environment]) => environment),
        createdAt,
      }));
      return { schema: 'fox/v1', kind: 'versions', cluster: clusterSummary(session), items };
    }),
  );
}
