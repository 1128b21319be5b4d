// Finds the best route for a path, in a time that depends on the path alone and not on how many routes there are.
import type { RoutedRequest } from './routed-request.ts';
import { compareRules, type Rule } from './rule.ts';

/** A rule and what it leads to. */
export interface Route<T> {
  readonly rule: Rule;
  readonly target: T;
}

/** The best rule for a request. More than one target: a tie that nothing decides. */
export interface RouteMatch<T> {
  readonly rule: Rule;
  readonly targets: readonly T[];
  /** What the captures of the rule stand for, by name; of the first target. */
  readonly captures: Readonly<Record<string, string>>;
}

/** What becomes of one route when a request is matched. */
export interface RouteExplanation<T> {
  readonly target: T;
  readonly matches: boolean;
  /**
   * A sentence without its subject, which is the route. Where it matches: why the best one goes before it; undefined for the
   * best one itself. Else: the first part of its rule that doesn't hold.
   */
  readonly why?: string;
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

const nothing: Readonly<Record<string, string>> = {};

/** Routes compiled into a tree by segment. */
export class RouteMatcher<T> {
  readonly #root: Node<T> = { children: new Map() };
  readonly #routes: readonly Route<T>[];

  constructor(routes: Iterable<Route<T>>) {
    this.#routes = [...routes];
    for (const route of this.#routes) this.#add(route);
  }

  /** What becomes of each route, each once, in the order of precedence. */
  explain(request: RoutedRequest): RouteExplanation<T>[] {
    const best = this.match(request);
    return this.#routes
      .toSorted((a, b) => compareRules(a.rule, b.rule))
      .map(({ rule, target }) => {
        const alone = new RouteMatcher([{ rule, target }]).match(request);
        if (alone === undefined) return { target, matches: false, why: `doesn't match the path` };
        if (best === undefined || compareRules(rule, best.rule) === 0) return { target, matches: true };
        return { target, matches: true, why: 'comes after a rule that is more specific' };
      });
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
    (node[kind] ??= { rule, targets: [], captures: nothing }).targets.push(target);
  }
}
