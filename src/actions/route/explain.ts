// `fox route explain`: why a request goes where it goes, step by step, without sending it.
import { FoxError } from '../../core/errors.ts';
import { didYouMean } from '../../core/names.ts';
import { explainRequest } from '../../core/routing/explain/explain-request.ts';
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { namesMeant, requireEnvironment } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { whereAllowed } from '../session/access.ts';
import { clusterSummary, withClusterSnapshot } from '../session/cluster-session.ts';
import { edgeAddress } from '../session/edge-address.ts';
import type { RouteExplainResult } from './explain-result.ts';
import { explainedRequest } from './explained-request.ts';
import { readInquiry, type TypedRequest } from './inquiry.ts';
import { observeRouter } from './observed-router.ts';

export interface RouteExplainOptions extends CommonOptions, TypedRequest {}

/**
 * Explains a request; sends none, and starts no cluster. A request that reaches no component is explained like any other.
 * @throws FoxError USAGE, NOT_FOUND
 */
export async function explainRoute(
  options: RouteExplainOptions,
  context: ActionContext,
): Promise<RouteExplainResult> {
  // What is mistyped is told before a cluster is asked.
  readInquiry(options, undefined, 'embedded');
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async (session) => {
      const [observed, edge] = await Promise.all([
        observeRouter(session, context),
        whereAllowed(edgeAddress(session), session.edge, ignore),
      ]);
      requireNames(observed.state, options);
      const inquiry = readInquiry(options, edge, session.cluster.kind);
      const explanation = explainRequest(inquiry, observed.view);
      return {
        schema: 'fox/v1',
        kind: 'route explain',
        cluster: clusterSummary(session),
        ...explainedRequest(inquiry, explanation, observed, options.client),
      };
    }),
  );
}

/** Without the routers' address a path alone is explained as one without a host. */
function ignore(): void {}

/** What options name must be there; what the request itself names is part of what is explained. */
function requireNames(state: NamespaceState, { virtualEnv, version }: RouteExplainOptions): void {
  if (virtualEnv !== undefined) requireEnvironment(state, virtualEnv);
  if (version === undefined) return;
  const { versions } = state;
  if (versions.some(({ app, name }) => namesMeant(app, version).has(name))) return;
  const names = [...new Set(versions.map(({ name }) => name))];
  const guess = didYouMean(version, names);
  throw new FoxError('NOT_FOUND', `there is no version ${JSON.stringify(version)}`, {
    hints: [
      ...(guess === undefined ? [] : [`Did you mean \`${guess}\`?`]),
      names.length === 0
        ? 'Nothing is deployed yet: `fox deploy <version>`.'
        : `Deployed: ${names.slice(-10).join(', ')}.`,
    ],
  });
}
