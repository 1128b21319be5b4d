// Which environments end now: those whose time is over, children first, and never the default one.
import { array, assert, integer, option, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredEnvironment } from '../../../src/cluster/objects/environment-object.ts';
import { dueEnvironments } from '../../../src/keeper/due-environments.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

function at(minutes: number): string {
  return new Date(now + minutes * 60_000).toISOString();
}

function stored(
  name: string,
  more: { parent?: string; expiresAt?: string } = {},
  isDefault = false,
): StoredEnvironment {
  return { definition: { name, vars: {}, ...more }, isDefault, createdAt: '', resourceVersion: '1' };
}

test('those whose time is over, and when the next one is', () => {
  const found = dueEnvironments(
    [
      stored('for-ever'),
      stored('over', { expiresAt: at(-1) }),
      stored('now', { expiresAt: at(0) }),
      stored('soon', { expiresAt: at(5) }),
      stored('later', { expiresAt: at(50) }),
    ],
    now,
  );
  expect(found).toEqual({ due: ['over', 'now'], waiting: new Map(), next: 5 * 60_000 });
});

test('never the default one, and none whose end nobody can read', () => {
  const found = dueEnvironments(
    [stored('dev', { expiresAt: at(-1) }, true), stored('odd', { expiresAt: 'tomorrow' })],
    now,
  );
  expect(found).toEqual({ due: [], waiting: new Map() });
});

test('a parent after its children; one whose child lives on waits', () => {
  const found = dueEnvironments(
    [
      stored('top', { expiresAt: at(-1) }),
      stored('middle', { parent: 'top', expiresAt: at(-1) }),
      stored('leaf', { parent: 'middle', expiresAt: at(-1) }),
      stored('held', { expiresAt: at(-1) }),
      stored('living', { parent: 'held' }),
    ],
    now,
  );
  expect(found.due).toEqual(['leaf', 'middle', 'top']);
  expect(found.waiting).toEqual(new Map([['held', ['living']]]));
});

test('those that inherit from each other in a circle wait for somebody to mend it', () => {
  const { due, waiting } = dueEnvironments(
    [
      stored('a', { parent: 'b', expiresAt: at(-1) }),
      stored('b', { parent: 'a', expiresAt: at(-1) }),
      stored('self', { parent: 'self', expiresAt: at(-1) }),
    ],
    now,
  );
  expect(due).toEqual([]);
  expect([...waiting.keys()]).toEqual(['a', 'b', 'self']);
});

test('whatever inherits from what: all that is over and in nobody else’s way ends, children first', () => {
  const anyEnvironment = record({
    minutes: option(integer({ min: -3, max: 3 }), { nil: undefined }),
    parent: integer({ min: 0, max: 9 }),
  });
  assert(
    property(array(anyEnvironment, { minLength: 1, maxLength: 10 }), (sketches) => {
      // The parent is always an earlier one, or nobody.
      const environments = sketches.map(({ minutes, parent }, index) =>
        stored(`e${index}`, {
          ...(parent < index ? { parent: `e${parent}` } : {}),
          ...(minutes === undefined ? {} : { expiresAt: at(minutes) }),
        }),
      );
      const { due, waiting } = dueEnvironments(environments, now);
      const isOver = (name: string): boolean =>
        environments.some(
          ({ definition: { name: own, expiresAt } }) =>
            own === name && expiresAt !== undefined && Date.parse(expiresAt) <= now,
        );
      const subtree = (name: string): string[] => [
        name,
        ...environments
          .filter(({ definition }) => definition.parent === name)
          .flatMap(({ definition }) => subtree(definition.name)),
      ];
      for (const { definition } of environments) {
        const { name, parent } = definition;
        expect(due.includes(name)).toBe(subtree(name).every(isOver));
        expect(waiting.has(name)).toBe(isOver(name) && !due.includes(name));
        const isBefore = due.indexOf(name) < due.indexOf(parent ?? '');
        expect(isBefore).toBe(parent !== undefined && due.includes(parent));
      }
    }),
  );
});
