// Which virtual environment a request from outside belongs to, by its selectors, its cookie, its host or its path; and whether it may ask for it.
import { damagedEnvironment } from './not-in-force.ts';
import type { Problem } from './problem.ts';
import { decodeSegment } from './rules/request-path.ts';
import type { KnownEnvironments } from './table/routed-environments.ts';
import type { Selectors } from './selector.ts';
import type { LinkVerifier } from './signed-link.ts';

/** What of a request tells where it belongs. */
export interface Arrival {
  readonly selectors: Selectors;
  /** Environment that the browser has kept by a cookie; absent: none. */
  readonly kept?: string;
  /** The Host header, as it came; absent: there is none. */
  readonly host?: string;
  /** Path and query, without selectors. */
  readonly target: string;
}

/** What of a request, or of what it doesn't say, decides. */
export type ChosenBy = 'selector' | 'cookie' | 'host' | 'sub-path' | 'default';

/** A virtual environment, and the request as its components see it. */
export interface Choice {
  /** Absent: there is no default one. */
  readonly environment?: string;
  /** Absent likewise. */
  readonly by?: ChosenBy;
  /** Path and query, without the sub-path. */
  readonly target: string;
  /** The sub-path, as it stood in the target: `/team-a`. Absent: it had none. */
  readonly prefix?: string;
}

/** Every virtual environment is reached by a name below this on the embedded cluster, without being told so. */
const localDomain = '.localhost';

/** Chooses by selector, else cookie, else host, else sub-path; else it is the default one. `isLocal`: on the embedded cluster. */
export function chooseEnvironment(
  environments: KnownEnvironments,
  { selectors, kept, host, target }: Arrival,
  isLocal: boolean,
): Choice {
  const named = selectors.environment ?? kept;
  const segment = environments.haveSubPaths ? firstSegment(target) : undefined;
  const bySubPath = segment === undefined ? undefined : environments.ofSubPath(decodeSegment(segment));
  const ofHost = named === undefined ? byHost(environments, host, isLocal) : undefined;
  const environment = named ?? ofHost ?? bySubPath ?? environments.default;
  if (environment === undefined) return { target };
  const by =
    selectors.environment !== undefined
      ? 'selector'
      : kept !== undefined
        ? 'cookie'
        : ofHost !== undefined
          ? 'host'
          : bySubPath === undefined
            ? 'default'
            : 'sub-path';
  if (segment === undefined || bySubPath !== environment) return { environment, by, target };
  const prefix = `/${segment}`;
  const rest = target.slice(prefix.length);
  return { environment, by, target: rest.startsWith('/') ? rest : `/${rest}`, prefix };
}

/** The name in a Host header: lower case, without port, nor a dot at its end. */
export function hostName(host: string): string {
  const port = host.lastIndexOf(':');
  const name = port !== -1 && /^:\d*$/.test(host.slice(port)) ? host.slice(0, port) : host;
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

function byHost(
  environments: KnownEnvironments,
  host: string | undefined,
  isLocal: boolean,
): string | undefined {
  if (host === undefined || !(environments.haveHosts || (isLocal && /\.localhost/i.test(host))))
    return undefined;
  const name = hostName(host);
  const known = environments.ofHost(name);
  if (known !== undefined || !isLocal || !name.endsWith(localDomain)) return known;
  const local = name.slice(0, -localDomain.length);
  return environments.has(local) ? local : undefined;
}

/** The first segment of a path, as it stands there. */
function firstSegment(target: string): string {
  const end = target.slice(1).search(/[/?]/);
  return end === -1 ? target.slice(1) : target.slice(1, end + 1);
}

/** Who asks, as far as access goes. */
export interface Asker {
  readonly selectors: Selectors;
  /** It comes from the router's own host, and that can't be anybody. */
  readonly isInside: boolean;
  /** Ms since 1970. */
  readonly now: number;
}

/** Why a request may not ask for a version or an environment by name; undefined if it may, or doesn't. */
export function accessProblem(
  environments: KnownEnvironments,
  environment: string,
  { selectors, isInside, now }: Asker,
  links: LinkVerifier,
): Problem | undefined {
  if (selectors.deployment === undefined && selectors.environment === undefined) return undefined;
  const { access, accessKey } = environments.get(environment) ?? environments.definition(environment) ?? {};
  // Nobody is let in by what can't be known.
  if (access === undefined) return damagedEnvironment(environments, environment);
  if (access === 'open' || isInside) return undefined;
  if (access === 'internal') return refusedInternal(environment);
  const { deployment, signature } = selectors;
  if (signature === undefined) return refusedLink(environment, 'asking for it by name needs a signed link');
  if (accessKey === undefined) return refusedLink(environment, 'no link into it has been signed yet');
  const link = { environment, ...(deployment === undefined ? {} : { deployment }) };
  const flaw = links.flawOf(link, signature, accessKey, now);
  return flaw === undefined ? undefined : refusedLink(environment, flaw);
}

function refusedInternal(environment: string): Problem {
  return {
    problem: 'access-refused',
    detail: `Virtual environment ${environment} can't be asked for by name from outside: its access is internal.`,
    try: [
      'Leave out kf-dep and kf-ve: plain requests are answered.',
      `fox env set -e ${environment} --access open`,
    ],
    facts: { environment, access: 'internal' },
  };
}

function refusedLink(environment: string, why: string): Problem {
  return {
    problem: 'access-refused',
    detail: `Virtual environment ${environment} is open to signed links only: ${why}.`,
    try: [`fox open <version> -e ${environment}`, 'Leave out kf-dep and kf-ve: plain requests are answered.'],
    facts: { environment, access: 'signed' },
  };
}
