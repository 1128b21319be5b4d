// Who may ask for a version or a virtual environment by name, and what those who may not are told: nothing of what there is.
import { damagedEnvironment } from './not-in-force.ts';
import type { Origin } from './origin.ts';
import { type Problem, problemKinds } from './problem.ts';
import type { SettingsInForce } from './router-settings.ts';
import type { Selectors } from './selector.ts';
import type { LinkVerifier } from './signed-link.ts';
import type { KnownEnvironments } from './table/routed-environments.ts';

/** Who asks, as far as access goes. */
export interface Asker {
  readonly selectors: Selectors;
  /** See {@link isInside}. */
  readonly isInside: boolean;
  /** Ms since 1970. */
  readonly now: number;
}

/**
 * Whether a request comes from where everything may be asked for: an internal network, or, on Kubernetes, the router's
 * own pod: whoever opens a forwarded port, as `fox proxy` does, may do more with the pod than look at versions.
 * The embedded cluster's machine isn't inside: everybody there is outside.
 */
export function isInside(
  { peer, client, isUnnamed }: Origin,
  { insiders }: Pick<SettingsInForce, 'insiders'>,
  isEmbedded: boolean,
): boolean {
  if (!isEmbedded && peer === 'anybody' && (client === '127.0.0.1' || client === '::1')) return true;
  return !isUnnamed && insiders.has(client);
}

/**
 * Why a request may not ask for what it asks for by name; undefined if it may, or asks for nothing.
 * As soon as one environment isn't open, those who aren't inside can't tell an unknown one from a closed one.
 */
export function accessProblem(
  environments: KnownEnvironments,
  environment: string | undefined,
  { selectors, isInside: isAllowed, now }: Asker,
  links: LinkVerifier,
): Problem | undefined {
  if (selectors.deployment === undefined && selectors.environment === undefined) return undefined;
  if (environment === undefined) return undefined;
  if (!environments.has(environment))
    return isAllowed || !haveClosed(environments) ? undefined : refused(`there is no ${environment}`);
  const access = accessOf(environments, environment);
  if (access === 'open') return undefined;
  // Nobody is let in by what can't be known.
  if (access === undefined && (isAllowed || !haveClosed(environments)))
    return damagedEnvironment(environments, environment);
  if (isAllowed) return undefined;
  const why =
    access === 'signed'
      ? flawOf(environments, environment, selectors, now, links)
      : `its access is ${access ?? 'not known'}`;
  return why === undefined ? undefined : refused(`${environment}: ${why}`);
}

/** What is wrong with the link of a request into an environment for signed ones; undefined if it is good. */
function flawOf(
  environments: KnownEnvironments,
  environment: string,
  { deployment, signature }: Selectors,
  now: number,
  links: LinkVerifier,
): string | undefined {
  const { accessKey } = environments.get(environment) ?? environments.definition(environment) ?? {};
  if (signature === undefined) return 'a signed link is needed';
  if (accessKey === undefined) return 'no link into it has been signed yet';
  const link = { environment, ...(deployment === undefined ? {} : { deployment }) };
  return links.flawOf(link, signature, accessKey, now);
}

function refused(reason: string): Problem {
  return {
    problem: 'access-refused',
    detail: 'What the request asks for by name does not exist, or may not be asked for from here.',
    try: [
      'Leave out kf-dep and kf-ve: plain requests are answered.',
      'Ask for a new link: a signed one ends some time.',
    ],
    reason,
  };
}

/** What a request asks for, and whose it is. */
export interface Question {
  /** The environment that it belongs to. */
  readonly environment: string | undefined;
  /** It names a version. */
  readonly namesVersion: boolean;
  readonly isInside: boolean;
}

/** A problem as it is told: of what is closed, and of versions that may be there only, nothing is said. */
export function discreetly(problem: Problem, environments: KnownEnvironments, question: Question): Problem {
  if (problem.problem === 'access-refused' || question.isInside) return problem;
  const isOfVersion = question.namesVersion && ofVersions.has(problem.problem);
  if ((isOfVersion || problem.problem === 'unknown-version') && haveClosed(environments))
    return hidden({ problem: 'unknown-version', detail: problem.detail, try: [] });
  // Whoever has a link to one version there may not know the others, either.
  const isThere = question.environment !== undefined && isClosed(environments, question.environment);
  return isThere ? hidden(problem) : problem;
}

/** Problems that a named version has where it exists, and one that doesn't exist hasn't. */
const ofVersions: ReadonlySet<string> = new Set([
  'unknown-version',
  'not-running',
  'damaged-version',
  'configuration-lost',
  'damaged-environment',
]);

/** The problem without what it names; that is left for the log. */
function hidden({ problem, detail, retryAfter }: Problem): Problem {
  return {
    problem,
    detail: `${problemKinds[problem].title}.`,
    try: ['Ask whoever runs this app.'],
    reason: detail,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** Whether any environment isn't open to everybody. */
function haveClosed(environments: KnownEnvironments): boolean {
  return environments.names.some((name) => isClosed(environments, name));
}

function isClosed(environments: KnownEnvironments, environment: string): boolean {
  const access = accessOf(environments, environment);
  return access !== undefined && access !== 'open';
}

/** Undefined where nobody knows it any more. */
function accessOf(environments: KnownEnvironments, environment: string) {
  return (environments.get(environment) ?? environments.definition(environment))?.access;
}
