// Tarjan's algorithm: the circles of a graph, callees before callers.

/**
 * Strongly connected components of a graph, in reverse topological order (what is called comes first).
 * Iterative, so that a chain of thousands doesn't exhaust the stack. Edges to unknown nodes are ignored.
 */
export function stronglyConnected(
  nodes: readonly string[],
  edges: (node: string) => readonly string[],
): string[][] {
  const known = new Set(nodes);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const result: string[][] = [];

  const enter = (node: string) => {
    index.set(node, index.size);
    low.set(node, index.size - 1);
    stack.push(node);
    onStack.add(node);
    return { node, targets: edges(node).filter((target) => known.has(target)), next: 0 };
  };
  const lower = (node: string, value: number) => low.set(node, Math.min(low.get(node) ?? value, value));

  for (const root of nodes) {
    if (index.has(root)) continue;
    const path = [enter(root)];
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const target = frame.targets[frame.next++];
      if (target === undefined) {
        path.pop();
        const parent = path.at(-1);
        if (parent !== undefined) lower(parent.node, low.get(frame.node) ?? 0);
        if (low.get(frame.node) === index.get(frame.node)) result.push(popCircle(stack, onStack, frame.node));
      } else if (!index.has(target)) {
        path.push(enter(target));
      } else if (onStack.has(target)) {
        lower(frame.node, index.get(target) ?? 0);
      }
    }
  }
  return result;
}

function popCircle(stack: string[], onStack: Set<string>, root: string): string[] {
  const circle = stack.splice(stack.lastIndexOf(root));
  for (const node of circle) onStack.delete(node);
  return circle.toSorted();
}
