// Finds the best route for a path, in a time that depends on the path alone and not on how many routes there are.
import type { RoutedRequest } from './routed-request.ts';
import type { Rule } from './rule.ts';

/** A rule and what it leads to. */
export interface Route<T> {
  readonly rule: Rule;
  readonly target: T;
}

/** The best rule for a path. More than one target: a tie that nothing decides. */
export interface RouteMatch<T> {
  readonly rule: Rule;
  readonly targets: readonly T[];
}

/** What is known after some segments of a path. */
interface Node<T> {
  readonly children: Map<string, Node<T>>;
  path?: Found<T>;
  prefix?: Found<T>;
}

interface Found<T> extends RouteMatch<T> {
  readonly targets: T[];
}

/** Routes compiled into a tree by segment. */
export class RouteMatcher<T> {
  readonly #root: Node<T> = { children: new Map() };

  constructor(routes: Iterable<Route<T>>) {
    for (const route of routes) this.#add(route);
  }

  /** The best match by the order of {@link compareRules}; undefined if no rule matches. */
  match({ segments }: Pick<RoutedRequest, 'segments'>): RouteMatch<T> | undefined {
    let node: Node<T> | undefined = this.#root;
    let best = node.prefix;
    for (const segment of segments) {
      node = node.children.get(segment);
      if (node === undefined) return best;
      best = node.prefix ?? best;
    }
    return node.path ?? best;
  }

  #add({ rule, target }: Route<T>): void {
    let node = this.#root;
    for (const segment of rule.segments) {
      let child = node.children.get(segment);
      if (child === undefined) node.children.set(segment, (child = { children: new Map() }));
      node = child;
    }
    const kind = rule.predicate === 'Path' ? 'path' : 'prefix';
    (node[kind] ??= { rule, targets: [] }).targets.push(target);
  }
}
