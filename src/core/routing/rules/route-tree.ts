// Routes as a tree by host label and path segment: what a request could match is found in a time that depends on the request.
import { fits, isLiteral, isRegex, type Pattern } from './pattern.ts';
import { type Condition, conditionHolds, hostLabels } from './predicate.ts';
import type { RoutedRequest } from './routed-request.ts';
import { compareRanked } from './precedence.ts';
import type { Rule } from './rule-branches.ts';

/** A rule of a route. */
export interface RankedRule {
  readonly rule: Rule;
  readonly priority?: number | undefined;
}

/** A rule in the tree. Lower ranks go first; equal ones are those between which nothing decides. */
export interface Entry<R extends RankedRule> {
  readonly route: R;
  readonly rank: number;
}

/** What is known after some labels or segments. */
interface Node<Leaf> {
  /** The lowest rank below it. */
  best: number;
  literals?: Map<string, Node<Leaf>>;
  regexes?: Map<string, { readonly pattern: Pattern; readonly node: Node<Leaf> }>;
  any?: Node<Leaf>;
  leaf?: Leaf;
}

/** Rules at a place in a path, by rank. */
interface Ends<R extends RankedRule> {
  /** Where the path ends here. */
  here?: Entry<R>[];
  /** Whatever follows. */
  below?: Entry<R>[];
  /** Where something follows. */
  rest?: Entry<R>[];
}

/** Compiled once; a search never tries rules that another one, which it has found, goes before. */
export class RouteTree<R extends RankedRule> {
  /** Rules without a host. */
  readonly #paths: Node<Ends<R>> = { best: Infinity };
  /** By labels from the right. */
  readonly #hosts: Node<Node<Ends<R>>> = { best: Infinity };

  constructor(routes: Iterable<R>) {
    let rank = 0;
    let before: R | undefined;
    for (const route of [...routes].toSorted(compareRanked)) {
      if (before !== undefined && compareRanked(before, route) !== 0) rank++;
      before = route;
      this.#add({ route, rank });
    }
  }

  /** All rules that match, of the lowest rank that has any. */
  find(request: RoutedRequest): readonly Entry<R>[] {
    const search = new Search<R>(request);
    if (this.#hosts.best < Infinity && request.host !== undefined)
      search.hosts(this.#hosts, hostLabels(request.host).toReversed(), 0);
    search.paths(this.#paths, request.segments, 0);
    return search.found;
  }

  #add(entry: Entry<R>): void {
    const { host, path } = entry.route.rule;
    let paths = this.#paths;
    if (host !== undefined) {
      const node = descend(this.#hosts, host.labels.toReversed(), entry.rank);
      paths = node.leaf ??= { best: Infinity };
    }
    const node = descend(paths, path?.segments ?? [], entry.rank);
    const ends = (node.leaf ??= {});
    const place = path?.rest === undefined ? (path?.of === 'Path' ? 'here' : 'below') : 'rest';
    (ends[place] ??= []).push(entry);
  }
}

/** The node behind patterns, made where it isn't there. */
function descend<Leaf>(from: Node<Leaf>, patterns: readonly Pattern[], rank: number): Node<Leaf> {
  let node = from;
  node.best = Math.min(node.best, rank);
  for (const pattern of patterns) {
    node = child(node, pattern);
    node.best = Math.min(node.best, rank);
  }
  return node;
}

function child<Leaf>(node: Node<Leaf>, pattern: Pattern): Node<Leaf> {
  const fresh: Node<Leaf> = { best: Infinity };
  if (isLiteral(pattern)) {
    const literals = (node.literals ??= new Map<string, Node<Leaf>>());
    const known = literals.get(pattern.text);
    if (known === undefined) literals.set(pattern.text, fresh);
    return known ?? fresh;
  }
  if (!isRegex(pattern)) return (node.any ??= fresh);
  const regexes = (node.regexes ??= new Map<string, { pattern: Pattern; node: Node<Leaf> }>());
  const key = pattern.regex.pattern();
  const known = regexes.get(key);
  if (known === undefined) regexes.set(key, { pattern, node: fresh });
  return known?.node ?? fresh;
}

/** One search for one request. */
class Search<R extends RankedRule> {
  found: Entry<R>[] = [];
  readonly #request: RoutedRequest;
  #best = Infinity;

  constructor(request: RoutedRequest) {
    this.#request = request;
  }

  hosts(node: Node<Node<Ends<R>>>, labels: readonly string[], depth: number): void {
    if (node.best > this.#best) return;
    const label = labels[depth];
    if (label === undefined) {
      if (node.leaf !== undefined) this.paths(node.leaf, this.#request.segments, 0);
      return;
    }
    const literal = node.literals?.get(label);
    if (literal !== undefined) this.hosts(literal, labels, depth + 1);
    if (node.regexes !== undefined)
      for (const { pattern, node: next } of node.regexes.values())
        if (next.best <= this.#best && fits(pattern, label)) this.hosts(next, labels, depth + 1);
    if (node.any !== undefined && label !== '') this.hosts(node.any, labels, depth + 1);
  }

  paths(node: Node<Ends<R>>, segments: readonly string[], depth: number): void {
    if (node.best > this.#best) return;
    const segment = segments[depth];
    if (segment !== undefined) {
      const literal = node.literals?.get(segment);
      if (literal !== undefined) this.paths(literal, segments, depth + 1);
      if (node.regexes !== undefined)
        for (const { pattern, node: next } of node.regexes.values())
          if (next.best <= this.#best && fits(pattern, segment)) this.paths(next, segments, depth + 1);
      if (node.any !== undefined && segment !== '') this.paths(node.any, segments, depth + 1);
      this.#offer(node.leaf?.rest);
    } else this.#offer(node.leaf?.here);
    this.#offer(node.leaf?.below);
  }

  #offer(entries: readonly Entry<R>[] | undefined): void {
    if (entries === undefined) return;
    for (const entry of entries) {
      if (entry.rank > this.#best) return;
      if (!allHold(entry.route.rule.others, this.#request)) continue;
      if (entry.rank < this.#best) this.found = [];
      this.#best = entry.rank;
      this.found.push(entry);
    }
  }
}

function allHold(conditions: readonly Condition[], request: RoutedRequest): boolean {
  for (const condition of conditions) if (!conditionHolds(condition, request)) return false;
  return true;
}
