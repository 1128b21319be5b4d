// The internal side: calls from one component to another. Who calls is known by the connection, never by what the request says.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Baggage, readBaggage } from '../../core/routing/context.ts';
import { requestHeaders, sortHeaders, traceOf } from '../../core/routing/request-headers.ts';
import { type Caller, decideHop, type Hop } from '../../core/routing/hop.ts';
import { insideOrigin } from '../../core/routing/origin.ts';
import { isProblem, type Problem } from '../../core/routing/problem.ts';
import type { SettingsInForce } from '../../core/routing/router-settings.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import type { Call, Callers } from '../callers/callers.ts';
import { timeOnHop } from '../delivery/deadline.ts';
import { Delivery } from '../delivery/delivery.ts';
import type { Endpoints } from '../delivery/endpoints.ts';
import type { Patience } from '../patience.ts';
import { peerAddress } from '../server/peer-address.ts';
import { answerObserved } from './answer.ts';
import { checkTarget, type Exchange, refuseUncarried, runPasses } from './exchange.ts';
import { newId } from './new-id.ts';
import { type Observation, observe, type Observer, tellRouted } from '../observers/observation.ts';

interface HopExchange extends Exchange {
  readonly call: Call;
  baggage: Baggage | undefined;
  hop: Hop | undefined;
}

/** What answers calls between components needs. */
export interface InternalOptions {
  readonly table: RoutingTable;
  readonly endpoints: Endpoints;
  readonly patience: Patience;
  readonly settings: () => SettingsInForce;
  readonly observers: readonly Observer[];
  readonly callers: Pick<Callers, 'identify'>;
  /** Hears of calls that lead nowhere. */
  readonly onRefused: (refusal: Problem) => void;
}

/** A listener for the requests of the servers that components call. */
export function internalListener({
  table,
  endpoints,
  patience,
  observers,
  callers,
  onRefused,
}: InternalOptions) {
  const passes = [refuseUncarried, checkTarget, hop];

  function hop(exchange: HopExchange): Problem | undefined {
    const { call, observation } = exchange;
    const baggage = readBaggage(exchange.sorted.baggage);
    if (isProblem(baggage)) return baggage;
    // The next marked call of this component comes by any router: what one of them can't put down to it, another may.
    if (baggage.probe !== undefined) exchange.response.shouldKeepAlive = false;
    const decision = decideHop(table, call.caller, call.callee, baggage);
    observeCall(observation, call, baggage);
    if (isProblem(decision)) {
      observation.problem = decision.problem;
      tellRouted(observation);
      onRefused(decision);
      return decision;
    }
    exchange.baggage = baggage;
    exchange.hop = decision;
    observeHop(observation, call.caller, decision);
    tellRouted(observation);
    return undefined;
  }

  /** A request as it arrives; nothing is known of it. */
  function arrived(request: IncomingMessage, response: ServerResponse): Exchange {
    const sorted = sortHeaders(request.rawHeaders);
    const origin = insideOrigin(sorted, peerAddress(request));
    const trace = traceOf(sorted, newId);
    const observation = observe(observers, 'internal', request, response, origin, trace);
    return { request, response, target: request.url ?? '', added: [], sorted, origin, trace, observation };
  }

  function answer(request: IncomingMessage, response: ServerResponse, call: Call): void {
    const exchange: HopExchange = {
      ...arrived(request, response),
      call,
      baggage: undefined,
      hop: undefined,
    };
    if (!runPasses(exchange, passes) || exchange.hop === undefined) return;
    const { baggage, target, added, observation, sorted, origin, trace } = exchange;
    const { workload, component, context, told, limits = {} } = exchange.hop;
    const headers = requestHeaders(sorted, {
      context,
      others: baggage?.others ?? [],
      marks: baggage,
      origin,
      trace,
      told,
    });
    const order = {
      workload,
      component,
      target,
      headers,
      added,
      observation,
      limits,
      timeout: timeOnHop(baggage?.deadline, Date.now(), patience.deadline),
      isFirm: baggage?.deadline !== undefined,
    };
    new Delivery(request, response, order, endpoints, patience).start();
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    callers.identify(request, (call) => {
      // Who calls may have been found out only after the caller had enough.
      if (response.destroyed) return;
      if (!isProblem(call)) return answer(request, response, call);
      onRefused(call);
      answerObserved(arrived(request, response), call);
    });
  };
}

function observeCall(observation: Observation, { caller, callee }: Call, baggage: Baggage): void {
  observation.app = caller.app;
  observation.caller = caller;
  observation.component = callee;
  observation.hopContext = baggage.deployment === undefined ? 'none' : 'carried';
  if (baggage.probe !== undefined) observation.probe = baggage.probe;
}

function observeHop(observation: Observation, { app }: Caller, { workload, context }: Hop): void {
  observation.workload = workload;
  if (context === undefined) return;
  if (observation.hopContext === 'none') observation.hopContext = context.shared ? 'shared' : 'stamped';
  observation.version = context.deployment.slice(app.length + 1);
  observation.environment = context.environment;
}
