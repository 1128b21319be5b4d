// The one table of all kinds that the embedded cluster has.
import type { Kind } from './kind.ts';
import { configMaps, secrets } from './kinds/config-map.ts';
import { deployments } from './kinds/deployment.ts';
import { events } from './kinds/event.ts';
import { leases } from './kinds/lease.ts';
import { namespaces } from './kinds/namespace.ts';
import { pods } from './kinds/pod.ts';
import { roleBindings, roles } from './kinds/role.ts';
import { serviceAccounts, services } from './kinds/service.ts';

/** All kinds, in the order that discovery lists them. */
export const kinds: readonly Kind[] = [
  configMaps,
  events,
  namespaces,
  pods,
  secrets,
  serviceAccounts,
  services,
  deployments,
  leases,
  roleBindings,
  roles,
];

/** The kind of a collection, if there is one. */
export function findKind(group: string, version: string, resource: string): Kind | undefined {
  return kinds.find((kind) => kind.resource === resource && kind.group === group && kind.version === version);
}
