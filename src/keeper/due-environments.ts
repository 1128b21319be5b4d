// Which virtual environments are to end now, in which order, and when the next one is.
import type { StoredEnvironment } from '../cluster/objects/environment-object.ts';
import { isExpired, timeLeft } from '../core/environments/time-to-live.ts';

/** What is to be done about environments whose time is over. */
export interface DueEnvironments {
  /** Names of those that end now, children before their parents. */
  readonly due: readonly string[];
  /** Names of those that have to wait for others, which inherit from them and go on. */
  readonly waiting: ReadonlyMap<string, readonly string[]>;
  /** Ms until the next one's time is over; absent: no other has a time to live. */
  readonly next?: number;
}

/** @param now the server's clock, in ms since 1970. */
export function dueEnvironments(environments: readonly StoredEnvironment[], now: number): DueEnvironments {
  const children = new Map<string, string[]>();
  for (const { definition } of environments) {
    if (definition.parent === undefined) continue;
    const siblings = children.get(definition.parent) ?? [];
    children.set(definition.parent, [...siblings, definition.name]);
  }
  const over = environments
    .filter(({ isDefault, definition }) => !isDefault && isExpired(definition, now))
    .map(({ definition }) => definition.name);
  const due = new Set<string>();
  // Those without children first, then those whose children are all among them, and so on.
  for (let before = -1; due.size > before;) {
    before = due.size;
    for (const name of over) if ((children.get(name) ?? []).every((child) => due.has(child))) due.add(name);
  }
  const waiting = new Map(
    over
      .filter((name) => !due.has(name))
      .map((name) => [name, (children.get(name) ?? []).filter((child) => !due.has(child))] as const),
  );
  const next = nextEnd(environments, now);
  return { due: [...due], waiting, ...(next === undefined ? {} : { next }) };
}

function nextEnd(environments: readonly StoredEnvironment[], now: number): number | undefined {
  const left = environments
    .filter(({ isDefault }) => !isDefault)
    .map(({ definition }) => timeLeft(definition.expiresAt, now) ?? 0)
    .filter((each) => each > 0);
  return left.length === 0 ? undefined : Math.min(...left);
}
