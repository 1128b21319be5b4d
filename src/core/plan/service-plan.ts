// Which Services lead to the router: one per component name of all live versions, with every port that any of them has.
import type { VersionManifest } from '../version/manifest.ts';

/** A Service that components' names need. */
export interface WantedService {
  /** Name of the component: apps that have one of the same name share the Service. */
  readonly name: string;
  /** 80 and each port that a live version gives the component; sorted. */
  readonly ports: readonly number[];
}

/** A Service that the namespace has. */
export interface ExistingService {
  readonly name: string;
  /** fox made it for a component. */
  readonly isOurs: boolean;
  readonly ports: readonly number[];
  /** It leads where fox's Services lead. */
  readonly leadsToRouter: boolean;
}

/** What is to be done. */
export interface ServicePlan {
  /** Services that are missing or differ. */
  readonly apply: readonly WantedService[];
  /** Services of fox's that no live version has a component for. */
  readonly remove: readonly string[];
  /** Services that have the name of a component, and aren't fox's: they are never taken over. */
  readonly foreign: readonly string[];
}

/** Plans the Services of a namespace, from all versions that live in it, of whatever app. */
export function planServices(
  versions: Iterable<VersionManifest>,
  existing: readonly ExistingService[],
): ServicePlan {
  const wanted = wantedServices(versions);
  const byName = new Map(existing.map((service) => [service.name, service]));
  const isForeign = ({ name }: WantedService) => byName.get(name)?.isOurs === false;
  return {
    apply: wanted.filter((service) => !isForeign(service) && !isThere(service, byName.get(service.name))),
    remove: existing
      .filter(({ name, isOurs }) => isOurs && wanted.every((service) => service.name !== name))
      .map(({ name }) => name),
    foreign: wanted.filter(isForeign).map(({ name }) => name),
  };
}

function wantedServices(versions: Iterable<VersionManifest>): WantedService[] {
  const ports = new Map<string, Set<number>>();
  for (const { components } of versions) {
    for (const [name, { template }] of Object.entries(components)) {
      const known = ports.get(name) ?? new Set([80]);
      ports.set(name, known.add(template.port));
    }
  }
  return [...ports].map(([name, all]) => ({ name, ports: [...all].toSorted((a, b) => a - b) }));
}

function isThere({ ports }: WantedService, existing: ExistingService | undefined): boolean {
  if (existing === undefined || !existing.leadsToRouter || existing.ports.length !== ports.length)
    return false;
  return ports.every((port) => existing.ports.includes(port));
}
