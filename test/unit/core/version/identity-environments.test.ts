// Identity over virtual environments: which of them share a workload, and that sharing never shows.
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VariableDeclaration } from '../../../../src/core/version/app.ts';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import { isPerEnvironment, templateHash, workloadHashes } from '../../../../src/core/version/identity.ts';
import { deepHashes } from '../../../../src/core/version/deep-hashes.ts';
import {
  anyDeclaredEnvironment,
  anyDeclaringSketches,
  anyRedeclared,
  anySecrets,
  anyTwoEnvironments,
  anyVars,
  isScoped,
  secretsOf,
  valuesOf,
} from './identity-environments-fixture.ts';
import { differing, leaf, manifestOf, reachable, type Sketches } from './identity-fixture.ts';

const text: VariableDeclaration = { type: 'string', required: false };
const perRequest: VariableDeclaration = { ...text, bind: 'request' };

function hashes(sketches: Partial<Record<string, Partial<Sketches[string]>>>, environment: Environment) {
  return workloadHashes(manifestOf('v1', sketches), environment);
}

/** Whether a component's process is given the same in both. */
function sameProcess(sketches: Sketches, name: string, one: Environment, other: Environment): boolean {
  const given = (environment: Environment) => [
    valuesOf(sketches[name], environment, undefined),
    secretsOf(sketches[name], environment),
  ];
  return isDeepStrictEqual(given(one), given(other));
}

/** Whether both are the same environment to those that are told its values with each request. */
function sameScope(sketches: Sketches, scoped: readonly string[], one: Environment, other: Environment) {
  if (one.name !== other.name) return false;
  const isHeld = one.configuration !== undefined;
  if (isHeld !== (other.configuration !== undefined)) return false;
  return (
    !isHeld ||
    scoped.every((name) =>
      isDeepStrictEqual(valuesOf(sketches[name], one, 'request'), valuesOf(sketches[name], other, 'request')),
    )
  );
}

/** Whether a component of one version has to be the same workload in both, by what it and what is below it is given. */
function isShared(sketches: Sketches, name: string, one: Environment, other: Environment): boolean {
  const below = sketches[name]?.forwards === true ? [] : [...reachable(sketches, name)];
  const scoped = below.filter((each) => isScoped(sketches[each]));
  return (
    [name, ...below].every((each) => sameProcess(sketches, each, one, other)) &&
    (scoped.length === 0 || sameScope(sketches, scoped, one, other))
  );
}

/** A version whose greeter greets so, unless an environment says otherwise. */
function greeting(words: string) {
  return {
    ui: { ...leaf, calls: ['middle'], forwards: true },
    shell: { ...leaf, calls: ['middle'] },
    middle: { ...leaf, calls: ['greeter'], forwards: true },
    greeter: { ...leaf, env: { GREETING: { ...perRequest, default: words } } },
  };
}

describe('two virtual environments', () => {
  test('share a workload exactly where all that its identity stands for is the same', () => {
    fc.assert(
      fc.property(anyDeclaringSketches, anyTwoEnvironments, (sketches, [one, other]) => {
        const apart = Object.keys(sketches).filter((name) => !isShared(sketches, name, one, other));
        expect(differing(hashes(sketches, one), hashes(sketches, other))).toEqual(apart.toSorted());
      }),
      { numRuns: 1_000 },
    );
  });

  test('that differ in one value share all but those that declare it for their process, and what reaches them and forwards nothing', () => {
    fc.assert(
      fc.property(
        anyDeclaringSketches,
        anyVars,
        anySecrets,
        fc.constantFrom('COLOR', 'KEY'),
        (sketches, vars, secrets, changed) => {
          const one: Environment = { name: 'dev', vars, secrets };
          const other: Environment =
            changed === 'COLOR'
              ? { ...one, vars: { ...vars, COLOR: 'a new one' } }
              : { ...one, secrets: { ...secrets, KEY: 'a new one' } };
          const declares = (name: string) =>
            changed === 'COLOR'
              ? sketches[name]?.env['COLOR'] !== undefined
              : sketches[name]?.secrets?.includes('KEY') === true;
          const forked = Object.keys(sketches).filter(
            (name) =>
              declares(name) ||
              (sketches[name]?.forwards === false && [...reachable(sketches, name)].some(declares)),
          );
          expect(differing(hashes(sketches, one), hashes(sketches, other))).toEqual(forked.toSorted());
        },
      ),
      { numRuns: 500 },
    );
  });

  test('share all that nothing request-bound is below of, whatever they are called', () => {
    fc.assert(
      fc.property(anyDeclaringSketches, anyVars, anySecrets, (sketches, vars, secrets) => {
        const apart = differing(
          hashes(sketches, { name: 'dev', vars, secrets }),
          hashes(sketches, { name: 'team-a', vars, secrets }),
        );
        const expected = Object.keys(sketches).filter(
          (name) =>
            sketches[name]?.forwards === false &&
            [...reachable(sketches, name)].some((below) => isScoped(sketches[below])),
        );
        expect(apart).toEqual(expected.toSorted());
        expect(isPerEnvironment(manifestOf('v1', sketches).components)).toBe(expected.length > 0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a shared workload', () => {
  test('that forwards nothing leads to the same workloads and the same request-bound values in every pair that has it', () => {
    let shared = 0;
    fc.assert(
      fc.property(anyRedeclared, anyTwoEnvironments, ([before, after], [one, other]) => {
        const [was, is] = [hashes(before, one), hashes(after, other)];
        for (const [name, { forwards }] of Object.entries(after)) {
          if (forwards || was.get(name) !== is.get(name)) continue;
          const told = (sketches: Sketches, environment: Environment, all: Map<string, string>) =>
            [...reachable(sketches, name)]
              .toSorted()
              .map((below) => [below, all.get(below), valuesOf(sketches[below], environment, 'request')]);
          expect(told(after, other, is)).toEqual(told(before, one, was));
          shared += reachable(after, name).size;
        }
      }),
      { numRuns: 2_000 },
    );
    expect(shared).toBeGreaterThan(100);
  });

  test('starts its process with the same in every pair that has it', () => {
    fc.assert(
      fc.property(anyRedeclared, anyTwoEnvironments, ([before, after], [one, other]) => {
        const [was, is] = [hashes(before, one), hashes(after, other)];
        for (const name of Object.keys(after)) {
          if (was.get(name) !== is.get(name)) continue;
          const given = (sketches: Sketches, environment: Environment) => [
            valuesOf(sketches[name], environment, undefined),
            secretsOf(sketches[name], environment),
          ];
          expect(given(after, other)).toEqual(given(before, one));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('request-bound variables', () => {
  test('enter identity by name and type, never by value', () => {
    fc.assert(
      fc.property(anyDeclaringSketches, anyVars, fc.string(), (sketches, vars, words) => {
        const one: Environment = { name: 'dev', vars };
        const other: Environment = { name: 'dev', vars: { ...vars, GREETING: words } };
        expect(hashes(sketches, other)).toEqual(hashes(sketches, one));
      }),
    );
    const template = { command: [], port: 80, calls: [] };
    const declared = [
      {},
      { A: text },
      { A: perRequest },
      { B: perRequest },
      { A: { ...perRequest, type: 'number' } },
    ] as const;
    expect(new Set(declared.map((env) => templateHash('s', { ...template, env }))).size).toBe(
      declared.length,
    );
    const more = { A: { ...perRequest, required: true, default: 'x', description: 'y' } };
    expect(templateHash('s', { ...template, env: more })).toBe(
      templateHash('s', { ...template, env: { A: perRequest } }),
    );
  });

  test('that one version gives another default keep apart what calls their component without a context, and nothing else', () => {
    const dev = { name: 'dev', vars: {} };
    expect(differing(hashes(greeting('hi'), dev), hashes(greeting('hello'), dev))).toEqual(['shell']);
  });

  test('of a configuration that a release holds on to keep callers apart by their values, and not by anything else in it', () => {
    const sketches = { shell: { ...leaf, calls: ['greeter'] }, greeter: { ...leaf, env: { A: perRequest } } };
    const released = (configuration: string, vars: Environment['vars']) =>
      hashes(sketches, { name: 'prod', vars, configuration });
    const first = released('1', { A: 'x', OTHER: 1 });
    expect(released('2', { A: 'x', OTHER: 2 })).toEqual(first);
    expect(differing(first, released('3', { A: 'y', OTHER: 1 }))).toEqual(['shell']);
    expect(differing(first, hashes(sketches, { name: 'prod', vars: { A: 'x' } }))).toEqual(['shell']);
  });
});

describe('deep hashes with a request scope', () => {
  const own = new Map(['a', 'b', 'c'].map((name) => [name, `own ${name}`]));

  /** Names whose deep hash changes with the environment. */
  function apart(calls: Readonly<Record<string, readonly string[]>>, scoped: readonly string[]): string[] {
    const [dev, team] = ['dev', 'team-a'].map((environment) =>
      deepHashes(
        own,
        (name) => calls[name] ?? [],
        () => false,
        { environment, told: (name) => (scoped.includes(name) ? {} : undefined) },
      ),
    );
    return differing(dev ?? new Map(), team ?? new Map());
  }

  test.each<[string, Readonly<Record<string, readonly string[]>>, readonly string[], readonly string[]]>([
    ['nobody who calls it: nothing', {}, ['a'], []],
    ['itself: it', { a: ['a'] }, ['a'], ['a']],
    ['a caller: the caller', { a: ['b'] }, ['b'], ['a']],
    ["a caller's caller: both", { a: ['b'], b: ['c'] }, ['c'], ['a', 'b']],
    ['a circle that it is in: all of that', { a: ['b'], b: ['a'] }, ['a'], ['a', 'b']],
    ['a circle above it: all of that', { a: ['b'], b: ['a', 'c'] }, ['c'], ['a', 'b']],
    ['a circle below it: nothing', { a: ['b'], b: ['c'], c: ['b'] }, ['a'], []],
    ['itself in a circle of others: nothing', { a: ['b'], b: ['b'] }, ['a'], []],
  ])('a request-scoped component that is called by %s has the name', (_, calls, scoped, expected) => {
    expect(apart(calls, scoped)).toEqual(expected);
  });

  test('are those without one where nothing is in it', () => {
    const anyCalls = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.subarray(['a', 'b', 'c']));
    fc.assert(
      fc.property(anyCalls, (calls) => {
        expect(apart(calls, [])).toEqual([]);
      }),
    );
  });
});

describe('identity without request-bound variables and secrets', () => {
  // See the source hash in identity.test.ts. These were made by the code before it knew either.
  test('is what it always was', () => {
    const declared = {
      A: { ...text, default: 'x' },
      N: { type: 'number', required: true },
      L: { type: 'array', required: false },
    } as const;
    const sketches = {
      ui: { ...leaf, calls: ['api', 'state'], forwards: true, env: { A: text } },
      shell: { ...leaf, calls: ['ui', 'loop'] },
      api: { ...leaf, calls: ['state', 'worker'], env: declared },
      worker: { ...leaf, calls: ['api'], forwards: true },
      loop: { ...leaf, calls: ['loop'] },
      state: { ...leaf, env: { A: { ...text, default: 'y' } } },
    };
    const environment = { name: 'dev', vars: { N: 3, L: ['a', 1], OTHER: true } };
    expect(Object.fromEntries(hashes(sketches, environment))).toMatchInlineSnapshot(`
      {
        "api": "8dc088a021ad1cb86b470ab21f4ddb4462ca0d27dc8b2020c23ca79c836be038",
        "loop": "a5d33a4b0fdb43d1f3ebee05647dc8d24dd70b015b2d12e75d164f8666e2dbbd",
        "shell": "ef83749193502760cf1528a8a096caa1af85f802cb59981770aa107c25569a2c",
        "state": "b60f90facdc9ecb64a80ee4c1348ff1fe3c39ab27555400e3465b7eeee10f170",
        "ui": "09838d6791918b1223294b4adbd4194d4301e2f529a71d8566f0cea026f5400d",
        "worker": "8f632888aa1d1974a703743f9dff44cc21992aeae9bda250ccf3c8b600186912",
      }
    `);
  });
});

test('every environment gives every component one hash, whatever the order in which they are asked', () => {
  fc.assert(
    fc.property(anyDeclaringSketches, anyDeclaredEnvironment, (sketches, environment) => {
      const again = {
        ...environment,
        vars: Object.fromEntries(Object.entries(environment.vars).toReversed()),
      };
      expect(hashes(sketches, again)).toEqual(hashes(sketches, environment));
    }),
  );
});
