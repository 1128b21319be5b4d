// Circles of a graph, against the slow way of finding them.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { stronglyConnected } from '../../../../src/core/version/strongly-connected.ts';

const nodes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

type Graph = Readonly<Record<string, readonly string[]>>;

const anyGraph: fc.Arbitrary<Graph> = fc.record(
  Object.fromEntries(nodes.map((node) => [node, fc.subarray([...nodes, 'unknown'], { maxLength: 3 })])),
);

function reaches(graph: Graph, from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return (graph[from] ?? []).some((next) => reaches(graph, next, to, seen));
}

test('two nodes are in one circle exactly where each reaches the other', () => {
  fc.assert(
    fc.property(anyGraph, fc.shuffledSubarray(nodes, { minLength: nodes.length }), (graph, order) => {
      const circles = stronglyConnected(order, (node) => graph[node] ?? []);
      expect(circles.flat().toSorted()).toEqual(nodes);
      for (const circle of circles) expect(circle).toEqual(circle.toSorted());
      const circleOf = new Map(circles.flatMap((circle) => circle.map((node) => [node, circle] as const)));
      for (const a of nodes) {
        for (const b of nodes)
          expect([a, b, circleOf.get(a) === circleOf.get(b)]).toEqual([
            a,
            b,
            reaches(graph, a, b) && reaches(graph, b, a),
          ]);
      }
    }),
  );
});

test('what is called comes before what calls it', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const circles = stronglyConnected(nodes, (node) => graph[node] ?? []);
      const place = new Map(circles.flatMap((circle, index) => circle.map((node) => [node, index] as const)));
      for (const node of nodes) {
        for (const callee of (graph[node] ?? []).filter((each) => each !== 'unknown'))
          expect(place.get(callee)).toBeLessThanOrEqual(place.get(node) ?? -1);
      }
    }),
  );
});

const next = (node: string) => `n${Number(node.slice(1)) + 1}`;

test('long chains and long circles need no stack', () => {
  const long = Array.from({ length: 20_000 }, (_, n) => `n${n}`);
  expect(stronglyConnected(long, (node) => [next(node)])).toHaveLength(20_000);
  expect(stronglyConnected(long, (node) => [node === 'n19999' ? 'n0' : next(node)])).toHaveLength(1);
});

test('no nodes, no circles', () => {
  expect(stronglyConnected([], () => ['a'])).toEqual([]);
});
