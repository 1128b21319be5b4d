// `fox open`: the URL of a version, or of what is released, in a virtual environment.
import { liveRouters } from '../cluster/routers/routers.ts';
import { expiryOf } from '../core/environments/time-to-live.ts';
import { type ClusterSession, withLiveCluster } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { requireEdge } from './session/edge-address.ts';
import { refusedInternal, type Signing, signatureFor } from './open/open-link.ts';
import { type OpenTarget, openTarget } from './open/open-target.ts';
import { originOf, ownAddress } from './open/own-address.ts';
import { withWorkspace } from './place/workspace.ts';

export interface OpenOptions extends CommonOptions {
  /** Without it, what is released. */
  readonly version?: string;
  readonly virtualEnv?: string;
  /** How long a URL is good that must be signed: `24h`. */
  readonly expires?: string;
  /** Base URL by which the routers are reached, where fox doesn't know it. */
  readonly externalUrl?: string;
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
      const target = openTarget(state, options, workspace);
      const edge = options.externalUrl ?? (await requireEdge(session, routers, context));
      const isEmbedded = workspace.target.kind === 'embedded';
      const isLocal = isEmbedded && options.externalUrl === undefined;
      const { defaultEnvironment } = workspace;
      const own = ownAddress(state, target.environment, { url: edge, isEmbedded, isLocal });
      const plain =
        target.deployment === undefined
          ? plainUrl(edge, own, target, defaultEnvironment, isLocal)
          : undefined;
      if (plain !== undefined) return result(`${plain}${target.path}`);
      const signing = { ...options, defaultEnvironment, expiresAt };
      const query = await queryOf(session, target, own === undefined, signing, context);
      const url = new URL(`${own ?? new URL(edge).origin}${target.path}`);
      url.search = query.toString();
      return result(url.href);
    }),
  );
}

function result(url: string): OpenResult {
  return { schema: 'fox/v1', kind: 'open', url };
}

/**
 * What selects it, signed where its environment wants that.
 * @param namesEnvironment whether the address doesn't say which environment it is.
 * @throws FoxError REFUSED where no URL may name it.
 */
async function queryOf(
  session: ClusterSession,
  { deployment, environment, effective }: OpenTarget,
  namesEnvironment: boolean,
  signing: Signing,
  context: ActionContext,
): Promise<URLSearchParams> {
  const query = new URLSearchParams();
  if (deployment !== undefined) query.set('kf-dep', deployment);
  if (namesEnvironment) query.set('kf-ve', environment);
  if (effective?.access === 'internal') throw refusedInternal(effective);
  if (effective?.access === 'signed') {
    const link = { environment, ...(deployment === undefined ? {} : { deployment }) };
    query.set('kf-sig', await signatureFor(session, link, effective, signing, context));
  }
  return query;
}

/** Where what is released in an environment answers plain requests, without a slash at the end; undefined: nowhere that is known. */
function plainUrl(
  edge: string,
  own: string | undefined,
  { effective: environment }: OpenTarget,
  defaultEnvironment: string,
  isLocal: boolean,
): string | undefined {
  const url = new URL(edge);
  if (environment === undefined || environment.name === defaultEnvironment) return url.origin;
  if (own !== undefined || environment.access === 'open' || !isLocal) return own;
  return originOf(url, `${environment.name}.localhost`);
}
