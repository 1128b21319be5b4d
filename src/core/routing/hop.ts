// A hop: which workload a component's request to another component goes to, so that versions never mix.
import type { DeliverySettings } from '../version/app.ts';
import { contextOf, type Baggage, type Context } from './context.ts';
import { badContext, isProblem, nameList, type Problem } from './problem.ts';
import type { Told } from './table/fabric.ts';
import { nothingInForceFor } from './not-in-force.ts';
import type { RoutedVersion } from './table/routed-version.ts';
import type { LivePairs } from './table/routed-pairs.ts';
import type { RoutingTable } from './table/routing-table.ts';

const maxNames = 10;

/** A workload that calls. */
export interface Caller {
  readonly app: string;
  readonly component: string;
  /** Workload key. */
  readonly workload: string;
  /** Components that it declares to call. */
  readonly calls: readonly string[];
}

/** Where a hop leads. */
export interface Hop {
  readonly component: string;
  /** Workload key. */
  readonly workload: string;
  /** Absent: the pairs that share the caller agree on the callee, but not on all below it, and the request doesn't tell them apart. */
  readonly context?: Context;
  /** What the callee is told by `x-fox-env`; absent: nothing. */
  readonly told?: string;
  /** How much of the callee is asked for at once; absent: its config says nothing. */
  readonly limits?: DeliverySettings;
}

/**
 * Where a call goes:
 * 1. with a context that the caller belongs to: the callee's workload there;
 * 2. without a context: the workload on which all live pairs that contain the caller agree, if they also agree on what it
 *    and all below it are told with each request. If only one pair is left, its context is stamped on the request. If there
 *    are several and the caller forwards nothing, one of them is, marked as shared: the identity of such a caller covers
 *    everything below it, so it leads to the same workloads as any other, and components below that do forward the context
 *    have one to forward;
 * 3. else nowhere. It is never guessed, and never falls to another version.
 */
export function decideHop(
  table: RoutingTable,
  caller: Caller,
  callee: string,
  baggage: Baggage,
): Hop | Problem {
  if (!caller.calls.includes(callee)) return notInCalls(caller, callee);
  const context = contextOf(baggage);
  if (context === undefined) return decideByIdentity(table, caller, callee);
  return isProblem(context) ? context : decideByContext(table, caller, callee, context);
}

function decideByContext(
  table: RoutingTable,
  caller: Caller,
  callee: string,
  context: Context,
): Hop | Problem {
  const { app, component } = caller;
  const { deployment, environment } = context;
  const name = deployment.startsWith(`${app}-`) ? deployment.slice(app.length + 1) : '';
  const version = table.version(app, name);
  const now = version === undefined ? undefined : table.workloads(version, environment);
  const workloads =
    now?.get(component) === caller.workload
      ? now
      : table.formerWorkloads({ app, name }, environment, component, caller.workload);
  if (workloads === undefined) return refuseContext(table, caller, context, version);
  const workload = workloads.get(callee);
  if (workload === undefined) return badContext(`${deployment} has no component ${callee}`);
  const told = version === undefined ? undefined : table.told(version, environment, callee);
  return withTold({ component: callee, workload, context, ...limitsOf(version, callee) }, told);
}

function limitsOf(version: RoutedVersion | undefined, component: string): Pick<Hop, 'limits'> {
  const limits = version?.components[component]?.delivery;
  return limits === undefined ? {} : { limits };
}

function withTold(hop: Hop, told: Told): Hop | Problem {
  if (told === undefined) return hop;
  return typeof told === 'string' ? { ...hop, told } : told;
}

function refuseContext(
  table: RoutingTable,
  caller: Caller,
  context: Context,
  version: RoutedVersion | undefined,
): Problem {
  const { deployment, environment } = context;
  if (version === undefined)
    return contextMismatch(table, caller, context, `${deployment} is not a version of ${caller.app}`);
  if (!table.environments.has(environment))
    return contextMismatch(table, caller, context, `there is no virtual environment ${environment}`);
  return (
    nothingInForceFor(table, version, environment) ??
    contextMismatch(
      table,
      caller,
      context,
      `this ${caller.component} is not the one of ${deployment} in ${environment}`,
    )
  );
}

/** Decisions by the live pairs that they were made from; the table hands out other pairs when something changes. */
const decisions = new WeakMap<readonly LivePairs[], Map<string, Hop | Problem>>();

function decideByIdentity(table: RoutingTable, caller: Caller, callee: string): Hop | Problem {
  const pairs = table.livePairs(caller.app, caller.component, caller.workload);
  const known = decisions.get(pairs) ?? new Map<string, Hop | Problem>();
  decisions.set(pairs, known);
  const decision = known.get(callee) ?? decideByPairs(table, pairs, caller, callee);
  known.set(callee, decision);
  return decision;
}

function decideByPairs(
  table: RoutingTable,
  pairs: readonly LivePairs[],
  caller: Caller,
  callee: string,
): Hop | Problem {
  const [first] = pairs;
  const workload = first?.workloads.get(callee);
  if (first === undefined || workload === undefined) return noLivePair(caller, callee);
  if (pairs.some(({ workloads }) => workloads.get(callee) !== workload))
    return contextLost(caller, callee, pairs, `have different workloads of ${callee}`);
  if (!areToldTheSame(table, pairs, callee))
    return contextLost(caller, callee, pairs, `have different values for ${callee} or what it calls`);
  const told = table.told(first.version, first.environments[0] ?? '', callee);
  const [context, another] = contextsOf(pairs);
  const hop = { component: callee, workload, ...limitsOf(first.version, callee) };
  if (context === undefined) return withTold(hop, told);
  if (another === undefined) return withTold({ ...hop, context }, told);
  return first.version.components[caller.component]?.forwardsContext === true
    ? withTold(hop, told)
    : withTold({ ...hop, context: { ...context, shared: true } }, told);
}

/** Whether, whichever pair a request belongs to, the callee and all below it are told the same with it. */
function areToldTheSame(table: RoutingTable, pairs: readonly LivePairs[], callee: string): boolean {
  let common: string | undefined;
  for (const { version, environments } of pairs) {
    for (const environment of version.toldByRequest.size === 0 ? environments.slice(0, 1) : environments) {
      const told = table.toldBelow(version, environment, callee);
      if (told !== (common ??= told)) return false;
    }
  }
  return true;
}

/** The contexts of all pairs, in an order that every router has. */
function contextsOf(pairs: readonly LivePairs[]): Context[] {
  return pairs
    .flatMap(({ version: { deployment }, environments }) =>
      environments.map((environment) => ({ deployment, environment })),
    )
    .toSorted(
      (a, b) =>
        a.deployment.localeCompare(b.deployment, 'en') || a.environment.localeCompare(b.environment, 'en'),
    );
}

function notInCalls({ app, component, calls }: Caller, callee: string): Problem {
  return {
    problem: 'not-in-calls',
    detail: `${component} of ${app} may not call ${callee}: it declares to call ${nameList(calls)}.`,
    try: [`Add ${callee} to the calls of ${component} in fox.config.yaml, and deploy a new version.`],
    facts: { caller: component, callee },
  };
}

function contextMismatch(table: RoutingTable, caller: Caller, context: Context, why: string): Problem {
  const pairs = table.livePairs(caller.app, caller.component, caller.workload);
  return {
    problem: 'context-mismatch',
    detail: `The request that ${caller.component} sends belongs to ${context.deployment} in ${context.environment}, but ${why}.`,
    try: [
      `Pass on the \`baggage\` header of the request that ${caller.component} is answering, not that of another one.`,
    ],
    facts: { caller: caller.component, context: { ...context }, candidates: pairNames(pairs) },
  };
}

function contextLost(
  { component }: Caller,
  callee: string,
  pairs: readonly LivePairs[],
  difference: string,
): Problem {
  return {
    problem: 'context-lost',
    detail:
      `${component} called ${callee} without the \`baggage\` header of the request that it is answering. ` +
      `This ${component} is shared by ${pairNames(pairs).join(', ')}, which ${difference}.`,
    try: [
      `Make ${component} pass the \`baggage\` header on in its calls.`,
      `Or remove forwardsContext from ${component} in fox.config.yaml: it then runs once per version that differs below it.`,
    ],
    facts: { caller: component, callee, candidates: pairNames(pairs) },
  };
}

function noLivePair({ component, workload }: Caller, callee: string): Problem {
  return {
    problem: 'context-lost',
    detail: `${component} (${workload}) called ${callee} without a context, and no live version contains this workload.`,
    try: ['fox prune'],
    facts: { caller: component, callee, candidates: [] },
  };
}

/** `order-app-v1 in dev`, for each pair; so many that one sees what they have in common. */
function pairNames(pairs: readonly LivePairs[]): string[] {
  const names = contextsOf(pairs).map(({ deployment, environment }) => `${deployment} in ${environment}`);
  return names.length <= maxNames ? names : [...names.slice(0, maxNames), `${names.length - maxNames} more`];
}
