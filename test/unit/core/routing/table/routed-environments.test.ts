// A router's environments: worked out bit by bit as they would be from all definitions at once, and kept where that is impossible.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../../../src/core/version/canonical.ts';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';
import {
  type EffectiveEnvironment,
  effectiveEnvironments,
} from '../../../../../src/core/environments/inheritance.ts';
import { RoutedEnvironments } from '../../../../../src/core/routing/table/routed-environments.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const anyName = fc.constantFrom(...names);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const anyDefinition: fc.Arbitrary<EnvironmentDefinition> = fc
  .record({
    name: anyName,
    parent: optional(anyName),
    X: optional(fc.constantFrom('1', '2')),
    Y: optional(fc.constantFrom('1', '2')),
    host: optional(fc.constantFrom('h1', 'h2')),
    subPath: optional(fc.constantFrom('p1', 'p2')),
    access: optional(fc.constantFrom('open' as const, 'signed' as const)),
  })
  .map(({ name, parent, X, Y, host, subPath, access }) => ({
    name,
    vars: { ...(X === undefined ? {} : { X }), ...(Y === undefined ? {} : { Y }) },
    ...(parent === undefined ? {} : { parent }),
    ...(host === undefined ? {} : { hosts: [host] }),
    ...(subPath === undefined ? {} : { subPath }),
    ...(access === undefined ? {} : { access }),
  }));

const anyChange = fc.oneof(
  { weight: 3, arbitrary: fc.record({ set: anyDefinition, isDefault: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ gone: anyName }) },
);

/** Its values. */
function textOf(environment: EffectiveEnvironment | undefined): string {
  return environment === undefined ? '' : canonicalJson(environment.vars);
}

/** What every router would answer that has seen these definitions come and go. */
class Model {
  readonly definitions = new Map<string, EnvironmentDefinition>();
  readonly known = new Map<string, EffectiveEnvironment>();

  /** Names of environments whose values are others than before. */
  settle(): string[] {
    const before = new Map(this.known);
    for (const name of this.known.keys()) if (!this.definitions.has(name)) this.known.delete(name);
    for (const [name, each] of effectiveEnvironments(this.definitions).environments)
      this.known.set(name, each);
    return names.filter((name) => textOf(before.get(name)) !== textOf(this.known.get(name)));
  }

  /** The first by name of those that claim something. */
  owner(claims: (definition: EnvironmentDefinition) => boolean): string | undefined {
    return [...this.definitions.values()]
      .filter(claims)
      .map(({ name }) => name)
      .toSorted()[0];
  }
}

test('whatever comes and goes in whatever order', () => {
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 20 }), (changes) => {
      const routed = new RoutedEnvironments();
      const model = new Model();
      for (const change of changes) {
        const told = 'gone' in change ? routed.delete(change.gone) : routed.set(change.set, change.isDefault);
        if ('gone' in change) model.definitions.delete(change.gone);
        else model.definitions.set(change.set.name, change.set);
        expect(told.toSorted()).toEqual(expect.arrayContaining(model.settle()));
        for (const name of names) {
          const [is, should] = [routed.get(name), model.known.get(name)];
          expect(textOf(is)).toBe(textOf(should));
          expect(is?.access).toBe(should?.access);
          expect(routed.has(name)).toBe(model.definitions.has(name));
          expect(routed.damage(name)).toBe(effectiveEnvironments(model.definitions).broken.get(name));
        }
        for (const host of ['h1', 'h2', 'h3'])
          expect(routed.ofHost(host)).toBe(model.owner(({ hosts = [] }) => hosts.includes(host)));
        for (const path of ['p1', 'p2'])
          expect(routed.ofSubPath(path)).toBe(model.owner(({ subPath }) => subPath === path));
      }
    }),
    { numRuns: 500 },
  );
});

test('only what has other values is told of', () => {
  const routed = new RoutedEnvironments();
  routed.set({ name: 'dev', vars: { X: '1' } }, true);
  routed.set({ name: 'a', parent: 'dev', vars: {} }, false);
  routed.set({ name: 'b', parent: 'dev', vars: { X: '2' } }, false);
  routed.set({ name: 'c', vars: {} }, false);
  expect(routed.set({ name: 'dev', vars: { X: '3' } }, true)).toEqual(['dev', 'a']);
  expect(routed.set({ name: 'dev', vars: { X: '3' }, hosts: ['h'] }, true)).toEqual([]);
  expect(routed.delete('dev')).toEqual(['dev']);
  expect(routed.missingAncestor('a')).toBe('dev');
  expect(routed.default).toBeUndefined();
});

test('an object that can no longer be read keeps what it was; one that never could is broken', () => {
  const routed = new RoutedEnvironments();
  routed.set({ name: 'dev', vars: { X: '1' } }, false);
  routed.setDamaged('dev', 'is no environment');
  routed.setDamaged('new', 'is no environment');
  expect(routed.get('dev')?.vars).toEqual({ X: '1' });
  expect([routed.has('new'), routed.get('new'), routed.damage('new')]).toEqual([
    true,
    undefined,
    'is no environment',
  ]);
  routed.set({ name: 'dev', vars: { X: '2' } }, false);
  expect(routed.damage('dev')).toBeUndefined();
  expect(routed.delete('new')).toEqual([]);
  expect(routed.has('new')).toBe(false);
});

test('what inherits from one that can not be read is broken by that, in whatever order they come', () => {
  const routed = new RoutedEnvironments();
  routed.setDamaged('base', 'is no environment');
  routed.set({ name: 'early', parent: 'base', vars: {} }, false);
  expect(routed.damage('early')).toBe("its parent base can't be read");
  routed.set({ name: 'late', parent: 'odd', vars: {} }, false);
  expect([routed.damage('late'), routed.missingAncestor('late')]).toEqual([
    "its parent odd doesn't exist",
    'odd',
  ]);
  routed.setDamaged('odd', 'is no environment');
  expect([routed.damage('late'), routed.missingAncestor('late')]).toEqual([
    "its parent odd can't be read",
    undefined,
  ]);
  expect(routed.delete('odd')).toEqual([]);
  expect(routed.damage('late')).toBe("its parent odd doesn't exist");
});

test('one that can no longer be read stays told while its parent changes', () => {
  const routed = new RoutedEnvironments();
  routed.set({ name: 'base', vars: { X: '1' } }, false);
  routed.set({ name: 'dev', parent: 'base', vars: {} }, false);
  routed.setDamaged('dev', 'is no environment');
  expect(routed.set({ name: 'base', vars: { X: '2' } }, false)).toEqual(['base', 'dev']);
  expect([routed.damage('dev'), routed.get('dev')?.vars]).toEqual(['is no environment', { X: '2' }]);
});
