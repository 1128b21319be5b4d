// Which virtual environment a request from outside belongs to, by its selectors, its cookie, its host or its path.
import { decodeSegment } from './rules/request-path.ts';
import type { KnownEnvironments } from './table/routed-environments.ts';
import type { Selectors } from './selector.ts';

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
