// `fox route explain`: why a request goes where it goes, step by step, without sending it.
import { FoxError } from '../../core/errors.ts';
import { didYouMean } from '../../core/names.ts';
import { requestVariableNames } from '../../core/environments/request-variables.ts';
import { outsideBaggage, writeBaggage } from '../../core/routing/context.ts';
import { deliveryDefaults } from '../../core/routing/delivery-defaults.ts';
import { contextAt, type Destination } from '../../core/routing/genesis.ts';
import { sortHeaders } from '../../core/routing/forwarded-headers.ts';
import { isProblem, type Problem, problemKinds } from '../../core/routing/problem.ts';
import {
  explainRequest,
  type Inquiry,
  type RequestExplanation,
} from '../../core/routing/explain/explain-request.ts';
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { namesMeant, requireEnvironment } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { whereAllowed } from '../session/access.ts';
import { clusterSummary, withClusterSnapshot } from '../session/cluster-session.ts';
import { edgeAddress } from '../session/edge-address.ts';
import type {
  ExplainedDestination,
  ExplainedProblem,
  ExplainedRoute,
  ExplainedVersion,
  RouteExplainResult,
} from './explain-result.ts';
import { readInquiry, type TypedRequest } from './inquiry.ts';
import { observeRouter, type ObservedRouter } from './observed-router.ts';
import { observedWorkload } from './observed-workload.ts';

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
        ...told(inquiry, explanation, observed, options.client),
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

type Told = Omit<RouteExplainResult, 'schema' | 'kind' | 'cluster'>;

function told(
  inquiry: Inquiry,
  explanation: RequestExplanation,
  observed: ObservedRouter,
  client: string | undefined,
): Told {
  const { outcome, selectors, cookies, environments, isAllowed, origin } = explanation;
  const { table } = observed.view;
  const [choice, ...others] = environments.flatMap(({ environment, by }) =>
    environment === undefined || by === undefined ? [] : [{ name: environment, by }],
  );
  const prefix = environments[0]?.prefix;
  const version = versionTold(explanation, choice?.name, observed);
  const effective = choice === undefined ? undefined : table.environments.get(choice.name);
  return {
    request: {
      method: inquiry.method,
      target: inquiry.target,
      ...(origin.host === undefined ? {} : { host: origin.host }),
      ...(client === undefined ? {} : { client: origin.client }),
    },
    selectors: selectors.map(({ value, ...each }) =>
      each.selects === 'signature' ? each : { ...each, value },
    ),
    cookies: cookies.map(({ value, ...each }) =>
      each.name.startsWith('kf-sig') ? each : { ...each, value },
    ),
    ...(choice === undefined ? {} : { environment: { ...choice, others } }),
    ...(isAllowed === undefined || effective === undefined
      ? {}
      : { access: { access: effective.access, isAllowed } }),
    ...(prefix === undefined ? {} : { subPath: prefix }),
    ...(version === undefined ? {} : { version }),
    routes: routesTold(explanation),
    routeProblems:
      choice === undefined
        ? []
        : (explanation.versions?.asked ?? []).flatMap((each) => table.routeProblems(each, choice.name)),
    ...(isProblem(outcome)
      ? { problem: problemTold(outcome, explanation.told) }
      : { destination: destinationTold(inquiry, outcome, explanation, observed) }),
  };
}

function versionTold(
  { versions }: RequestExplanation,
  environment: string | undefined,
  { state, view: { table } }: ObservedRouter,
): ExplainedVersion | undefined {
  if (versions === undefined || environment === undefined) return undefined;
  const asked = versions.asked.map(({ app, name }) => ({ app, name }));
  if (versions.by === 'release') {
    const revisions = state.releases.records.get(environment);
    return {
      by: 'release',
      asked: asked.map(({ app, name }) => {
        const revision = revisions?.get(app)?.revision;
        return { app, name, ...(revision === undefined ? {} : { revision }) };
      }),
    };
  }
  const released = [...table.released(environment)].map(([app, name]) => ({ app, name }));
  return { by: versions.by, asked, released };
}

function routesTold({ routes = [] }: RequestExplanation): ExplainedRoute[] {
  return routes.map(({ target: { version, component, route }, matches, why }) => ({
    app: version.app,
    version: version.name,
    component,
    index: version.components[component]?.routes.indexOf(route) ?? 0,
    rule: route.rule,
    matches,
    ...(why === undefined ? {} : { why }),
  }));
}

/** A problem as it is answered, with what clients aren't told of it. */
export function problemTold(actual: Problem, answered = actual): ExplainedProblem {
  const { problem, detail, reason } = answered;
  return {
    type: problem,
    ...problemKinds[problem],
    detail,
    ...(reason === undefined ? {} : { reason }),
    try: actual.try,
  };
}

function destinationTold(
  { headers }: Inquiry,
  destination: Destination,
  { environments }: RequestExplanation,
  observed: ObservedRouter,
): ExplainedDestination {
  const { version, environment, component, workload, route, told: variables, parameters } = destination;
  const { template, delivery } = version.components[component] ?? {};
  const baggage = writeBaggage(contextAt(destination), outsideBaggage(sortHeaders(headers).baggage));
  const [choice] = environments;
  const maxBody = route.maxBody ?? observed.view.settings.maxBody;
  return {
    app: version.app,
    version: version.name,
    environment,
    component,
    ...(choice === undefined ? {} : { target: choice.target }),
    workload: observedWorkload(workload, version.name, observed),
    limits: {
      ...deliveryDefaults,
      ...delivery,
      ...(route.timeout === undefined ? {} : { timeout: route.timeout }),
      ...(maxBody === undefined ? {} : { maxBody }),
    },
    headers: {
      ...(baggage === undefined ? {} : { baggage }),
      variables:
        variables === undefined || template === undefined ? [] : requestVariableNames(template).toSorted(),
      params: Object.fromEntries(new URLSearchParams(parameters)),
      ...(choice?.prefix === undefined ? {} : { forwardedPrefix: choice.prefix }),
    },
  };
}
