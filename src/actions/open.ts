// `fox open`: the URL of a version, or of what is released, in a virtual environment.
import { liveRouters } from '../cluster/routers/routers.ts';
import type { Environment } from '../core/environment.ts';
import { FoxError } from '../core/errors.ts';
import type { VersionManifest } from '../core/manifest.ts';
import type { EffectiveEnvironment } from '../core/inheritance.ts';
import { deploymentName } from '../core/names.ts';
import { rulesIn } from '../core/rule.ts';
import { expiryOf } from '../core/time-to-live.ts';
import { environmentFor } from '../core/wanted.ts';
import { withLiveCluster } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { requireEdge } from './session/edge-address.ts';
import { environmentsByName } from './environments/known-environments.ts';
import { findVersion, requireEnvironment } from './lookup.ts';
import { refusedInternal, signatureFor } from './open-link.ts';
import { withWorkspace, type Workspace } from './place/workspace.ts';

export interface OpenOptions extends CommonOptions {
  /** Without it, what is released. */
  readonly version?: string;
  readonly virtualEnv?: string;
  /** How long a URL is good that must be signed: `24h`. */
  readonly expires?: string;
}

/** A URL to look at. */
export interface OpenResult {
  readonly schema: 'fox/v1';
  readonly kind: 'open';
  readonly url: string;
}

const defaultLife = '24h';

/** Makes the URL; starts the embedded cluster, as a URL that nothing serves is of no use. */
export async function open(options: OpenOptions, context: ActionContext): Promise<OpenResult> {
  const expiresAt = Date.parse(expiryOf(options.expires ?? defaultLife, context.now().getTime()));
  return withWorkspace(context, options, async (workspace) =>
    withLiveCluster(workspace, context, async (session) => {
      const { namespace } = session;
      const [state, routers] = await Promise.all([namespace.observe(), liveRouters(namespace.client)]);
      const environment = options.virtualEnv ?? workspace.defaultEnvironment;
      if (options.virtualEnv !== undefined) requireEnvironment(state, environment);
      const released = state.releases.records.get(environment)?.get(workspace.app);
      if (options.version === undefined && released === undefined) throw nothingReleased(environment);
      const version = findVersion(state, workspace.app, options.version ?? released?.version ?? '');
      const known = environmentsByName(state);
      const path = pathOf(version.manifest, environmentFor(version, environment, known));
      const edge = await requireEdge(session, routers, context);
      const effective = known.get(environment);
      const plain = options.version === undefined ? plainUrl(edge, effective, workspace) : undefined;
      if (plain !== undefined) return { schema: 'fox/v1', kind: 'open', url: `${plain}${path}` };
      const sameName = state.versions.filter(({ name }) => name === version.name).length;
      const deployment =
        options.version === undefined
          ? undefined
          : sameName > 1
            ? deploymentName(workspace.app, version.name)
            : version.name;
      const query = new URLSearchParams();
      if (deployment !== undefined) query.set('kf-dep', deployment);
      query.set('kf-ve', environment);
      if (effective?.access === 'internal') throw refusedInternal(environment);
      if (effective?.access === 'signed') {
        const link = { environment, ...(deployment === undefined ? {} : { deployment }) };
        const { defaultEnvironment } = workspace;
        const signing = { ...options, defaultEnvironment, expiresAt };
        query.set('kf-sig', await signatureFor(session, link, effective, signing, context));
      }
      const url = new URL(path, edge);
      url.search = query.toString();
      return { schema: 'fox/v1', kind: 'open', url: url.href };
    }),
  );
}

/** Where what is released in an environment answers plain requests, without a slash at the end; undefined: nowhere that is known. */
function plainUrl(
  edge: string,
  environment: EffectiveEnvironment | undefined,
  { defaultEnvironment, target }: Pick<Workspace, 'defaultEnvironment' | 'target'>,
): string | undefined {
  const url = new URL(edge);
  if (environment === undefined || environment.name === defaultEnvironment) return url.origin;
  const { subPath } = environment.definition;
  if (subPath !== undefined) return `${url.origin}/${subPath}`;
  if (environment.access === 'open' || target.kind === 'kubernetes') return undefined;
  url.hostname = `${environment.name}.localhost`;
  return url.origin;
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
