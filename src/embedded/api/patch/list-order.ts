// The order of a list that was merged: first what is asked for, then what the list had.

/** What tells items apart. */
export interface Identity {
  (item: unknown): unknown;
}

/**
 * The items in the order asked for; those that nobody asked for keep their order, each before the first item that it
 * stood before.
 */
export function inOrder(
  items: readonly unknown[],
  wanted: readonly unknown[],
  present: readonly unknown[],
  identity: Identity,
): unknown[] {
  const wantedKeys = wanted.map(identity);
  const presentKeys = present.map(identity);
  const position = (item: unknown) => wantedKeys.indexOf(identity(item));
  const asked = items.filter((item) => position(item) >= 0).toSorted((a, b) => position(a) - position(b));
  const others = items.filter((item) => position(item) < 0);
  const ordered: unknown[] = [];
  while (asked.length > 0 || others.length > 0) {
    const [left] = others;
    const [right] = asked;
    const takesOther =
      asked.length === 0 || (others.length > 0 && stoodBefore(presentKeys, identity(left), identity(right)));
    ordered.push(takesOther ? others.shift() : asked.shift());
  }
  return ordered;
}

function stoodBefore(keys: readonly unknown[], left: unknown, right: unknown): boolean {
  const before = keys.indexOf(left);
  const after = keys.indexOf(right);
  return before >= 0 && after >= 0 && before < after;
}
