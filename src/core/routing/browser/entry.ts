// Where a request from outside enters: by what it selects, then by what its browser has kept, as far as that still holds, then by what is released.
import { type Arrival, type Choice, chooseEnvironment } from '../environment-choice.ts';
import { decideGenesis, type Destination, selectedVersions } from '../genesis.ts';
import { isProblem, type Problem } from '../problem.ts';
import type { RoutedRequest } from '../rules/routed-request.ts';
import type { Selectors } from '../selector.ts';
import type { RoutingTable } from '../table/routing-table.ts';
import { type ContextCookies, cookieName } from './context-cookies.ts';

/** A request, as far as it says where it wants to go. */
export interface Entering extends Omit<Arrival, 'kept'> {
  /** Those that count: none, where the browser comes from elsewhere. */
  readonly cookies: ContextCookies;
}

/** What is asked on the way. */
export interface EntryQuestions {
  /** On the embedded cluster. */
  readonly isLocal: boolean;
  /** Why something may not be asked for in an environment; undefined: it may, or nothing is asked for. */
  readonly refuse: (environment: string, asked: Selectors) => Problem | undefined;
  /** The request as rules see it, with this target. */
  readonly requestFor: (target: string) => RoutedRequest;
}

/** What a request asks for. */
interface Wish {
  readonly choice: Choice;
  /** By selectors or by cookies. */
  readonly asked: Selectors;
  /** Names of the cookies that count. */
  readonly used: readonly string[];
}

/** Where a request enters, or why it can't. */
export interface Entry extends Wish {
  /** Names of cookies that don't hold any more. */
  readonly stale: readonly string[];
  readonly outcome: Destination | Problem;
}

/** Which cookies are listened to. */
interface Trust {
  readonly environment: boolean;
  readonly version: boolean;
}

const full: Trust = { environment: true, version: true };
/** A version that is gone leaves its environment where it is. */
const lesser: readonly Trust[] = [
  { environment: true, version: false },
  { environment: false, version: true },
  { environment: false, version: false },
];

/**
 * Decides where a request enters. Cookies never make it fail: what is gone, or may not be asked for any more, counts as not
 * said. Only where their version is there and has no route for the path, the request is told so rather than answered by
 * another version of the same app.
 */
export function decideEntry(table: RoutingTable, entering: Entering, questions: EntryQuestions): Entry {
  const first = attempt(table, entering, questions, full);
  if (holds(table, first)) return byOtherApp(table, first, entering, questions) ?? first;
  for (const trust of lesser) {
    const next = attempt(table, entering, questions, trust);
    if (!holds(table, next)) continue;
    // Where it fails without them, too, cookies are not to blame.
    if (isProblem(next.outcome) && next.used.length === 0) return { ...next, used: [] };
    return { ...next, stale: first.used.filter((name) => !next.used.includes(name)) };
  }
  return first;
}

function attempt(
  table: RoutingTable,
  entering: Entering,
  { isLocal, refuse, requestFor }: EntryQuestions,
  trust: Trust,
): Entry {
  const wish = wishOf(table, entering, isLocal, trust);
  const { choice, asked } = wish;
  const { environment } = choice;
  // Also of one that doesn't exist: that may be nobody's business.
  const refusal = environment === undefined ? undefined : refuse(environment, asked);
  const outcome = refusal ?? decideGenesis(table, environment, asked.deployment, requestFor(choice.target));
  return { ...wish, stale: [], outcome };
}

function wishOf(
  { environments }: RoutingTable,
  { cookies, ...arrival }: Entering,
  isLocal: boolean,
  trust: Trust,
): Wish {
  const { selectors } = arrival;
  if (cookies.size === 0)
    return { choice: chooseEnvironment(environments, arrival, isLocal), asked: selectors, used: [] };
  const kept = trust.environment ? cookies.get(cookieName.environment) : undefined;
  const choice = chooseEnvironment(
    environments,
    { ...arrival, ...(kept === undefined ? {} : { kept }) },
    isLocal,
  );
  const { environment, by } = choice;
  if (environment === undefined) return { choice, asked: selectors, used: [] };
  const version = cookieName.deployment(environment);
  const proof = cookieName.signature(environment);
  const keptVersion = trust.version && selectors.deployment === undefined ? cookies.get(version) : undefined;
  const deciding = [
    ...(by === 'cookie' ? [cookieName.environment] : []),
    ...(keptVersion === undefined ? [] : [version]),
  ];
  const keptProof = deciding.length > 0 && selectors.signature === undefined ? cookies.get(proof) : undefined;
  return {
    choice,
    asked: {
      ...selectors,
      ...(by === 'cookie' ? { environment } : {}),
      ...(keptVersion === undefined ? {} : { deployment: keptVersion }),
      ...(keptProof === undefined ? {} : { signature: keptProof }),
    },
    used: [...deciding, ...(keptProof === undefined ? [] : [proof])],
  };
}

/** Whether all cookies that count still mean something, and the environment wants them to count. */
function holds({ environments }: RoutingTable, { used, choice, outcome }: Entry): boolean {
  if (used.length === 0) return true;
  if (environments.get(choice.environment ?? '')?.sticky !== true) return false;
  return !isProblem(outcome) || outcome.problem === 'no-route';
}

/** A version that was kept has no say about apps that it isn't of: what of them is released answers. */
function byOtherApp(
  table: RoutingTable,
  { used, asked, choice, outcome }: Entry,
  entering: Entering,
  questions: EntryQuestions,
): Entry | undefined {
  const { environment = '' } = choice;
  const { deployment } = asked;
  const isKept = deployment !== undefined && used.includes(cookieName.deployment(environment));
  if (!isKept || !isProblem(outcome) || outcome.problem !== 'no-route') return undefined;
  const named = selectedVersions(table, environment, deployment);
  const released = attempt(table, entering, questions, { environment: true, version: false });
  if (isProblem(named) || isProblem(released.outcome)) return undefined;
  const { app } = released.outcome.version;
  return named.some((version) => version.app === app) ? undefined : released;
}
