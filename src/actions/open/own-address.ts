// Where a virtual environment answers without being named: at its own host or sub-path, as far as these lead to the routers.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { chooseEnvironment } from '../../core/routing/environment-choice.ts';
import { RoutedEnvironments } from '../../core/routing/table/routed-environments.ts';

/** How the routers are reached. */
export interface Edge {
  /** Base URL. */
  readonly url: string;
  readonly isEmbedded: boolean;
  /** The URL is fox's own of the embedded cluster, which all names below localhost lead to as well. */
  readonly isLocal: boolean;
}

/**
 * URL at which routers choose an environment by its host, else by its sub-path, without a slash at the end; undefined: none is
 * known. Of other hosts than that of the routers' URL nobody here knows whether they lead there, nor by which port.
 */
export function ownAddress(
  { environments }: Pick<NamespaceState, 'environments'>,
  name: string,
  { url, isEmbedded, isLocal }: Edge,
): string | undefined {
  const known = new RoutedEnvironments();
  for (const { definition, isDefault, damage } of environments)
    if (damage === undefined) known.set(definition, isDefault);
    else known.setDamaged(definition.name, damage);
  const { hosts = [], subPath } = known.definition(name) ?? {};
  const base = new URL(url);
  const reached = hosts.filter((host) => host === base.hostname || (isLocal && host.endsWith('.localhost')));
  const addresses = [
    ...reached.map((host) => originOf(base, host)),
    ...(subPath === undefined ? [] : [`${base.origin}/${subPath}`]),
  ];
  return addresses.find((address) => {
    const { host, pathname } = new URL(address);
    return (
      chooseEnvironment(known, { selectors: {}, host, target: pathname }, isEmbedded).environment === name
    );
  });
}

/** The origin of a URL at another host. */
export function originOf(base: URL, hostname: string): string {
  const url = new URL(base);
  url.hostname = hostname;
  return url.origin;
}
