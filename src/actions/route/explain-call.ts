// `fox route explain --from --to`: where a component's call to another one goes, with the context of its request and without.
import { FoxError } from '../../core/errors.ts';
import { didYouMean } from '../../core/names.ts';
import { requestVariableNames } from '../../core/environments/request-variables.ts';
import { type Baggage, readBaggage, writeBaggage } from '../../core/routing/context.ts';
import { deliveryDefaults } from '../../core/routing/delivery-defaults.ts';
import { explainHop } from '../../core/routing/explain/explain-hop.ts';
import type { Caller, Hop } from '../../core/routing/hop.ts';
import { isProblem } from '../../core/routing/problem.ts';
import type { RoutedVersion } from '../../core/routing/table/routed-version.ts';
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { markedDefault } from '../lookup/default-environment.ts';
import { findVersion, requireEnvironment } from '../lookup/lookup.ts';
import { withWorkspace, type Workspace } from '../place/workspace.ts';
import { clusterSummary, withClusterSnapshot } from '../session/cluster-session.ts';
import { callReason, pairNames } from './call-reason.ts';
import type { CallExplainResult, ExplainedHop } from './call-result.ts';
import type { ExplainedDestination } from './explain-result.ts';
import { problemTold } from './explained-request.ts';
import { readHeader } from './inquiry.ts';
import { observeRouter, type ObservedRouter } from './observed-router.ts';
import { requireRouted, unusable } from './observed-table.ts';
import { observedWorkload } from './observed-workload.ts';

export interface CallExplainOptions extends CommonOptions {
  /** `order-ui`, or `order-ui@v2`. */
  readonly from: string;
  readonly to: string;
  readonly version?: string;
  readonly virtualEnv?: string;
  /** `baggage: …`; other headers decide nothing. */
  readonly header?: readonly string[];
}

/** A workload that calls, and as what it is asked about. */
interface KnownCaller {
  readonly caller: Caller;
  readonly version: RoutedVersion;
  readonly environment: string;
}

/** Explains a call; sends none, and starts no cluster. @throws FoxError USAGE, NOT_FOUND, REFUSED. */
export async function explainCall(
  options: CallExplainOptions,
  context: ActionContext,
): Promise<CallExplainResult> {
  return withWorkspace(context, options, async (workspace) =>
    withClusterSnapshot(workspace, context, async (session) => {
      const observed = await observeRouter(session, context);
      const known = findCaller(observed, options, workspace);
      const { caller, version, environment } = known;
      requireComponent(version, options.to);
      const { pairs } = explainHop(observed.view.table, caller, options.to, { others: [] });
      return {
        schema: 'fox/v1',
        kind: 'route explain',
        cluster: clusterSummary(session),
        caller: {
          app: caller.app,
          version: version.name,
          environment,
          component: caller.component,
          forwardsContext: version.components[caller.component]?.forwardsContext ?? false,
          workload: observedWorkload(caller.workload, version.name, observed),
          pairs: pairNames(pairs),
        },
        callee: options.to,
        hops: baggagesOf(options, known).map((baggage) => hopTold(baggage, known, options.to, observed)),
      };
    }),
  );
}

function findCaller(
  { state, view: { table } }: ObservedRouter,
  { from, version: named, virtualEnv }: CallExplainOptions,
  { app, defaultEnvironment }: Workspace,
): KnownCaller {
  const [component = '', ofVersion = named] = from.split('@', 2);
  const environment = virtualEnv ?? markedDefault(state) ?? defaultEnvironment;
  requireEnvironment(state, environment);
  const { name } = findVersion(state, app, ofVersion ?? releasedVersion(state, app, environment, from));
  const version = requireRouted(table, app, name);
  requireComponent(version, component);
  const workload = table.workloads(version, environment)?.get(component);
  if (workload === undefined)
    throw unusable(
      `virtual environment ${environment} can't be used: ${table.environments.damage(environment) ?? 'what a release there holds on to is gone'}`,
    );
  const calls = version.components[component]?.template.calls ?? [];
  return { caller: { app, component, workload, calls }, version, environment };
}

function releasedVersion(state: NamespaceState, app: string, environment: string, from: string): string {
  const released = state.releases.records.get(environment)?.get(app)?.version;
  if (released !== undefined) return released;
  throw new FoxError(
    'USAGE',
    `it isn't said which version's ${from} calls, and nothing is released in ${environment}`,
    {
      hints: [`Name a version: \`--from ${from}@<version>\`. \`fox versions\` lists them.`],
    },
  );
}

function requireComponent({ components, name }: RoutedVersion, wanted: string): void {
  if (Object.hasOwn(components, wanted)) return;
  const names = Object.keys(components);
  const guess = didYouMean(wanted, names);
  throw new FoxError('NOT_FOUND', `${name} has no component ${JSON.stringify(wanted)}`, {
    hints: [...(guess === undefined ? [] : [`Did you mean \`${guess}\`?`]), `It has: ${names.join(', ')}.`],
  });
}

/** As given; else that of the caller's own version and environment, and none. */
function baggagesOf(
  { header = [] }: CallExplainOptions,
  { version, environment }: KnownCaller,
): (string | undefined)[] {
  const given = header.map(readHeader).filter(([name]) => name.toLowerCase() === 'baggage');
  if (given.length > 0) return [given.map(([, value]) => value).join(',')];
  return [writeBaggage({ deployment: version.deployment, environment }, []), undefined];
}

function hopTold(
  text: string | undefined,
  { caller, version }: KnownCaller,
  callee: string,
  observed: ObservedRouter,
): ExplainedHop {
  const carried = text === undefined ? {} : { baggage: text };
  const baggage = readBaggage(text === undefined ? [] : [text]);
  if (isProblem(baggage)) return { ...carried, problem: problemTold(baggage) };
  const explanation = explainHop(observed.view.table, caller, callee, baggage);
  const { outcome } = explanation;
  if (isProblem(outcome)) return { ...carried, problem: problemTold(outcome) };
  return {
    ...carried,
    why: callReason(explanation, outcome, caller),
    destination: destinationTold(outcome, baggage, version, observed),
  };
}

function destinationTold(
  { component, workload, context, limits, told }: Hop,
  { others }: Baggage,
  { app, components }: RoutedVersion,
  observed: ObservedRouter,
): ExplainedDestination {
  const version = context?.deployment.slice(app.length + 1);
  const baggage = writeBaggage(context, others);
  const template = components[component]?.template;
  return {
    app,
    ...(version === undefined || context?.shared === true ? {} : { version }),
    ...(context === undefined || context.shared === true ? {} : { environment: context.environment }),
    component,
    workload: observedWorkload(workload, version, observed),
    limits: { ...deliveryDefaults, ...limits },
    headers: {
      ...(baggage === undefined ? {} : { baggage }),
      variables:
        told === undefined || template === undefined ? [] : requestVariableNames(template).toSorted(),
      params: {},
    },
  };
}
