// `fox open`: the URL of a version, or of what is released, in a virtual environment.
import { liveRouters } from '../cluster/routers/routers.ts';
import type { Environment } from '../core/environment.ts';
import { FoxError } from '../core/errors.ts';
import type { VersionManifest } from '../core/manifest.ts';
import { deploymentName } from '../core/names.ts';
import { rulesIn } from '../core/rule.ts';
import { environmentFor } from '../core/wanted.ts';
import { withLiveCluster } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { requireEdge } from './session/edge-address.ts';
import { environmentsByName } from './environments/known-environments.ts';
import { findVersion, requireEnvironment } from './lookup.ts';
import { withWorkspace } from './place/workspace.ts';

export interface OpenOptions extends CommonOptions {
  /** Without it, what is released. */
  readonly version?: string;
  readonly virtualEnv?: string;
}

/** A URL to look at. */
export interface OpenResult {
  readonly schema: 'fox/v1';
  readonly kind: 'open';
  readonly url: string;
}

/** Makes the URL; starts the embedded cluster, as a URL that nothing serves is of no use. */
export async function open(options: OpenOptions, context: ActionContext): Promise<OpenResult> {
  return withWorkspace(context, options, async (workspace) =>
    withLiveCluster(workspace, context, async (session) => {
      const { namespace } = session;
      const [state, routers] = await Promise.all([namespace.observe(), liveRouters(namespace.client)]);
      const environment = options.virtualEnv ?? workspace.defaultEnvironment;
      if (options.virtualEnv !== undefined) requireEnvironment(state, environment);
      const released = state.releases.records.get(environment)?.get(workspace.app);
      if (options.version === undefined && released === undefined) throw nothingReleased(environment);
      const version = findVersion(state, workspace.app, options.version ?? released?.version ?? '');
      const path = pathOf(version.manifest, environmentFor(version, environment, environmentsByName(state)));
      const url = new URL(path, await requireEdge(session, routers, context));
      const query = new URLSearchParams();
      if (options.version !== undefined) {
        const sameName = state.versions.filter(({ name }) => name === version.name).length;
        query.set('kf-dep', sameName > 1 ? deploymentName(workspace.app, version.name) : version.name);
      }
      if (options.version !== undefined || environment !== workspace.defaultEnvironment)
        query.set('kf-ve', environment);
      url.search = query.toString();
      return { schema: 'fox/v1', kind: 'open', url: url.href };
    }),
  );
}

/** Shortest path that the version answers in an environment. */
function pathOf({ components }: VersionManifest, environment: Environment | undefined): string {
  const paths = Object.values(components).flatMap(({ routes }) =>
    routes
      .flatMap((route) => rulesIn(route, environment ?? { vars: {} }))
      .map(({ segments }) => `/${segments.map(encodeURIComponent).join('/')}`),
  );
  return paths.toSorted((a, b) => a.length - b.length)[0] ?? '/';
}

function nothingReleased(environment: string): FoxError {
  return new FoxError('NOT_FOUND', `nothing is released in virtual environment ${environment}`, {
    hints: [
      `\`fox release <version> --virtual-env ${environment}\` releases a version.`,
      '`fox open <version>` opens one that is not released.',
    ],
  });
}
