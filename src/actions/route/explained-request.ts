// The steps of an explained request, as they are told.
import { requestVariableNames } from '../../core/environments/request-variables.ts';
import { outsideBaggage, writeBaggage } from '../../core/routing/context.ts';
import { deliveryDefaults } from '../../core/routing/delivery-defaults.ts';
import type { Inquiry, RequestExplanation } from '../../core/routing/explain/explain-request.ts';
import { sortHeaders } from '../../core/routing/request-headers.ts';
import { contextAt, type Destination } from '../../core/routing/genesis.ts';
import { isProblem, type Problem, problemKinds } from '../../core/routing/problem.ts';
import type {
  ExplainedDestination,
  ExplainedProblem,
  ExplainedRoute,
  ExplainedVersion,
  RouteExplainResult,
} from './explain-result.ts';
import type { ObservedRouter } from './observed-router.ts';
import { observedWorkload } from './observed-workload.ts';

/** All that is told of a request. `client`: as it was named; absent: it wasn't. */
export function explainedRequest(
  inquiry: Inquiry,
  explanation: RequestExplanation,
  observed: ObservedRouter,
  client: string | undefined,
): Omit<RouteExplainResult, 'schema' | 'kind' | 'cluster'> {
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
