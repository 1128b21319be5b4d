// Routes as a tree by host label and path segment: what a request could match is found in a time that depends on the request.
import { isLiteral, isRegex, type Pattern } from './pattern.ts';
import { hostLabels } from './predicate.ts';
import type { RoutedRequest } from './routed-request.ts';
import { compareRanked } from './precedence.ts';
import { type Ends, type Entry, type Node, Search } from './route-search.ts';
import type { Rule } from './rule-branches.ts';

/** A rule of a route. */
export interface RankedRule {
  readonly rule: Rule;
  readonly priority?: number | undefined;
}

/** Compiled once; a search never tries rules that another one, which it has found, goes before. */
class RouteTree {
  /** Rules without a host. */
  readonly #paths: Node<Ends> = { best: Infinity };
  /** By labels from the right. */
  readonly #hosts: Node<Node<Ends>> = { best: Infinity };

  constructor(rules: readonly RankedRule[]) {
    let rank = 0;
    let before: RankedRule | undefined;
    const sorted = [...rules.entries()].toSorted(([, a], [, b]) => compareRanked(a, b));
    for (const [index, ranked] of sorted) {
      if (before !== undefined && compareRanked(before, ranked) !== 0) rank++;
      before = ranked;
      this.#add({ rule: ranked.rule, index, rank });
    }
  }

  /** Places of all rules that match, of the lowest rank that has any. */
  find(request: RoutedRequest): readonly number[] {
    const search = new Search(request);
    if (this.#hosts.best < Infinity && request.host !== undefined)
      search.hosts(this.#hosts, hostLabels(request.host).toReversed(), 0);
    search.paths(this.#paths, request.segments, 0);
    return search.found;
  }

  #add(entry: Entry): void {
    const { host, path } = entry.rule;
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

/** Trees of lists of rules: most versions have the same routes as others. */
const trees = new Map<string, RouteTree>();

/** More than this are not remembered at once. */
const mostTrees = 1_000;

/** Numbers of rules, which are shared by their text. */
const numbers = new WeakMap<Rule, number>();
let lastNumber = 0;

/** The tree of a list of rules. */
export function routeTree(rules: readonly RankedRule[]): RouteTree {
  const key = rules.map(({ rule, priority = 0 }) => `${numberOf(rule)}:${priority}`).join();
  let tree = trees.get(key);
  if (tree === undefined) {
    tree = new RouteTree(rules);
    if (trees.size >= mostTrees) trees.clear();
    trees.set(key, tree);
  }
  return tree;
}

function numberOf(rule: Rule): number {
  const number = numbers.get(rule) ?? ++lastNumber;
  numbers.set(rule, number);
  return number;
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
