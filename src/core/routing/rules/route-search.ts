// The search for the rules that match a request in a tree of them: the best ones are found first, and others not tried at all.
import { fits, type Pattern } from './pattern.ts';
import { type Condition, conditionHolds } from './predicate.ts';
import type { RoutedRequest } from './routed-request.ts';
import type { Rule } from './rule-branches.ts';

/** A rule in the tree. */
export interface Entry {
  readonly rule: Rule;
  /** Its place in the list that the tree is made of. */
  readonly index: number;
  /** Lower ones go first; equal ones are those between which nothing decides. */
  readonly rank: number;
}

/** What is known after some labels or segments. */
export interface Node<Leaf> {
  /** The lowest rank below it. */
  best: number;
  literals?: Map<string, Node<Leaf>>;
  regexes?: Map<string, { readonly pattern: Pattern; readonly node: Node<Leaf> }>;
  any?: Node<Leaf>;
  leaf?: Leaf;
}

/** Rules at a place in a path, by rank. */
export interface Ends {
  /** Where the path ends here. */
  here?: Entry[];
  /** Whatever follows. */
  below?: Entry[];
  /** Where something follows. */
  rest?: Entry[];
}

/** One search for one request. */
export class Search {
  /** Places of the rules of the lowest rank that match. */
  found: number[] = [];
  readonly #request: RoutedRequest;
  #best = Infinity;

  constructor(request: RoutedRequest) {
    this.#request = request;
  }

  hosts(node: Node<Node<Ends>>, labels: readonly string[], depth: number): void {
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

  paths(node: Node<Ends>, segments: readonly string[], depth: number): void {
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

  #offer(entries: readonly Entry[] | undefined): void {
    if (entries === undefined) return;
    for (const entry of entries) {
      if (entry.rank > this.#best) return;
      if (!allHold(entry.rule.others, this.#request)) continue;
      if (entry.rank < this.#best) this.found = [];
      this.#best = entry.rank;
      this.found.push(entry.index);
    }
  }
}

function allHold(conditions: readonly Condition[], request: RoutedRequest): boolean {
  for (const condition of conditions) if (!conditionHolds(condition, request)) return false;
  return true;
}
