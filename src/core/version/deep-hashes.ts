// Deep hashes: a node of a graph of calls, with everything that can be reached from it.
import type { VariableValue } from './app.ts';
import { contentHash } from './canonical.ts';
import { stronglyConnected } from './strongly-connected.ts';

/** Values by name. */
export type RequestValues = Readonly<Record<string, VariableValue>>;

/** What needs to know the environment of each request, and what is known of that beforehand. */
export interface RequestScope {
  /** Name of the environment; that of one as a release holds on to it is another. */
  readonly environment: string;
  /** What a node is told with requests, as far as its version decides it; undefined: it needs to know nothing. */
  readonly told: (name: string) => RequestValues | undefined;
}

/** What stays the same of a graph, whatever its nodes' own hashes are. */
interface KnownOfGraph {
  /** Its {@link stronglyConnected} nodes. */
  readonly circles?: readonly (readonly string[])[];
  /** A {@link contentHash} that remembers. */
  readonly hash?: typeof contentHash;
}

/**
 * Deep hash per node: own hash, whether it forwards the context, and the deep hashes of all that it calls; so that the
 * deep hash of a caller decides the workload hash of everything below it. A node that calls one of `scope` is hashed with
 * the environment's name and what the callee is told. Nodes that call each other in a circle are hashed together. A node
 * that calls nothing is what it is: deep = own.
 * @param known what a caller that asks for many environments needn't have worked out anew.
 */
export function deepHashes(
  own: ReadonlyMap<string, string>,
  calls: (name: string) => readonly string[],
  forwards: (name: string) => boolean,
  scope: RequestScope,
  { circles = stronglyConnected([...own.keys()], calls), hash = contentHash }: KnownOfGraph = {},
): Map<string, string> {
  const deep = new Map<string, string>();
  // Callees come before their callers in this order, so their deep hashes are known.
  for (const circle of circles) {
    const members = new Set(circle);
    const below = new Map<string, string>();
    for (const name of circle) {
      for (const callee of calls(name))
        if (!members.has(callee)) below.set(callee, deep.get(callee) ?? missing(callee));
    }
    const goesRound = circle.some((name) => calls(name).some((callee) => members.has(callee)));
    const told = new Map<string, RequestValues>();
    for (const name of [...(goesRound ? circle : []), ...below.keys()]) {
      const values = scope.told(name);
      if (values !== undefined) told.set(name, values);
    }
    if (circle.length === 1 && below.size === 0 && told.size === 0) {
      for (const name of circle) deep.set(name, own.get(name) ?? missing(name));
      continue;
    }
    const group = hash('fox-deep', {
      circle: Object.fromEntries(circle.map((name) => [name, own.get(name) ?? missing(name)])),
      forwards: circle.filter(forwards),
      below: Object.fromEntries(below),
      ...(told.size === 0 ? {} : { environment: scope.environment, told: Object.fromEntries(told) }),
    });
    for (const name of circle)
      deep.set(name, circle.length === 1 ? group : hash('fox-deep-member', { group, name }));
  }
  return deep;
}

function missing(name: string): never {
  throw new Error(`no hash of ${name}: calls must name components of the version`);
}
