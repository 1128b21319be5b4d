// Inheritance: what is in force in an environment, against a model that walks up from each name; and what is broken.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VariableValue } from '../../../../src/core/version/app.ts';
import {
  accesses,
  type EnvironmentDefinition,
  type EnvironmentDefinitions,
  policies,
} from '../../../../src/core/environments/environment-definition.ts';
import {
  descendantsOf,
  type EffectiveEnvironment,
  effectiveEnvironments,
  lineageOf,
} from '../../../../src/core/environments/inheritance.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const keys = ['X', 'Y', 'Z'];

/** What one environment says of a name: a plain value, a secret, or nothing. */
type Saying = { readonly value: VariableValue } | { readonly fingerprint: string } | undefined;

const anySaying: fc.Arbitrary<Saying> = fc.oneof(
  fc.constant(undefined),
  fc.record({ value: fc.constantFrom<VariableValue>('', 'x', 0, false, ['l']) }),
  fc.record({ fingerprint: fc.constantFrom('1', '2') }),
);

/** Random definitions: parents of any kind, those that don't exist and circles included. */
function anyDefinitions(anyParent: (name: string) => fc.Arbitrary<string | undefined>) {
  const anyDefinition = (name: string): fc.Arbitrary<EnvironmentDefinition> =>
    fc
      .record({
        parent: anyParent(name),
        sayings: fc.tuple(...keys.map(() => anySaying)),
        policy: fc.constantFrom(undefined, ...policies),
        access: fc.constantFrom(undefined, ...accesses),
        sticky: fc.constantFrom(undefined, true, false),
        skewProtection: fc.constantFrom(undefined, '30m', 'off'),
        responseHeaders: fc.constantFrom(undefined, true, false),
      })
      .map(({ parent, sayings, policy, access, sticky, skewProtection, responseHeaders }) => {
        const said = keys.map((key, index) => [key, sayings[index]] as const);
        const vars = said.flatMap(([key, saying]) =>
          saying !== undefined && 'value' in saying ? [[key, saying.value] as const] : [],
        );
        const secrets = said.flatMap(([key, saying]) =>
          saying !== undefined && 'fingerprint' in saying
            ? [[key, { fingerprint: saying.fingerprint, from: { name, key } }] as const]
            : [],
        );
        return {
          name,
          vars: Object.fromEntries(vars),
          ...(parent === undefined ? {} : { parent }),
          ...(secrets.length === 0 ? {} : { secrets: Object.fromEntries(secrets) }),
          ...(policy === undefined ? {} : { policy }),
          ...(access === undefined ? {} : { access }),
          ...(sticky === undefined ? {} : { sticky }),
          ...(skewProtection === undefined ? {} : { skewProtection }),
          ...(responseHeaders === undefined ? {} : { responseHeaders }),
        };
      });
  return fc
    .uniqueArray(fc.constantFrom(...names), { minLength: 1 })
    .chain((chosen) => fc.tuple(...chosen.map(anyDefinition)))
    .map((all): EnvironmentDefinitions => new Map(all.map((each) => [each.name, each])));
}

/** Half of them whole, as a parent is earlier in the alphabet there. */
const anyFamily = fc.oneof(
  anyDefinitions((name) => fc.constantFrom(undefined, ...names, name, 'nobody')),
  anyDefinitions((name) => fc.constantFrom(undefined, ...names.slice(0, names.indexOf(name)))),
);

/** The model: the first in the line that says something; undefined: nobody does. Null: the line is broken. */
function firstSaying<T>(
  definitions: EnvironmentDefinitions,
  name: string | undefined,
  says: (definition: EnvironmentDefinition) => T | undefined,
  seen: readonly string[] = [],
): { said: T; by: string } | undefined | null {
  if (name === undefined) return undefined;
  const definition = definitions.get(name);
  if (definition === undefined || seen.includes(name)) return null;
  const above = firstSaying(definitions, definition.parent, says, [...seen, name]);
  const own = says(definition);
  return above === null || own === undefined ? above : { said: own, by: name };
}

/** What is in force by the model: each name with its value or secret, and who says so; undefined: the line is broken. */
function modelOf(definitions: EnvironmentDefinitions, name: string) {
  const first = <T>(says: (definition: EnvironmentDefinition) => T | undefined) =>
    firstSaying(definitions, name, says);
  if (first(() => undefined) === null) return undefined;
  const values = keys.map((key) => {
    const found = first(({ vars, secrets }) => {
      if (Object.hasOwn(vars, key)) return { value: vars[key] };
      return secrets?.[key] === undefined ? undefined : { secret: secrets[key] };
    });
    return [key, { ...found?.said, by: found?.by }];
  });
  const policy = first((each) => each.policy)?.said ?? 'testing';
  const access = first((each) => each.access)?.said ?? 'open';
  return {
    policy,
    access,
    sticky: first(({ sticky }) => sticky)?.said ?? true,
    skewProtection: first(({ skewProtection }) => skewProtection)?.said ?? 'off',
    responseHeaders:
      first(({ responseHeaders }) => responseHeaders)?.said ?? (policy === 'testing' && access === 'open'),
    values: Object.fromEntries(values) as unknown,
  };
}

/** The same of the code under test. */
function foundIn(environment: EffectiveEnvironment | undefined) {
  if (environment === undefined) return undefined;
  const { policy, access, sticky, skewProtection, responseHeaders } = environment;
  const { vars, secrets, secretReferences, origins } = environment;
  const values = keys.map((key) => {
    const secret = secretReferences[key];
    const hasBoth = key in vars && key in secrets;
    return [
      key,
      {
        ...(key in vars ? { value: vars[key] } : {}),
        ...(secret === undefined ? {} : { secret: { ...secret, fingerprint: secrets[key] } }),
        by: hasBoth ? 'both' : (origins.vars[key] ?? origins.secrets[key]),
      },
    ];
  });
  const settings = { policy, access, sticky, skewProtection, responseHeaders };
  return { ...settings, values: Object.fromEntries(values) as unknown };
}

describe('what is in force in an environment', () => {
  test('is what the nearest in its line says, be it a variable or a secret', () => {
    let whole = 0;
    fc.assert(
      fc.property(anyFamily, (definitions) => {
        const { environments, broken } = effectiveEnvironments(definitions);
        for (const name of definitions.keys()) {
          const model = modelOf(definitions, name);
          expect([name, foundIn(environments.get(name)), broken.has(name)]).toEqual([
            name,
            model,
            model === undefined,
          ]);
        }
        whole += environments.size;
      }),
      { numRuns: 500 },
    );
    expect(whole).toBeGreaterThan(100);
  });

  test("doesn't depend on the order of definitions", () => {
    fc.assert(
      fc.property(anyFamily, (definitions) => {
        const turned = new Map([...definitions].toReversed());
        const [one, other] = [effectiveEnvironments(definitions), effectiveEnvironments(turned)];
        expect(Object.fromEntries(other.environments)).toEqual(Object.fromEntries(one.environments));
        expect(Object.fromEntries(other.broken)).toEqual(Object.fromEntries(one.broken));
      }),
    );
  });

  test('changes for an environment and its descendants alone when it says something else', () => {
    fc.assert(
      fc.property(anyFamily, fc.constantFrom(...names), (definitions, name) => {
        const definition = definitions.get(name);
        fc.pre(definition !== undefined);
        const after = new Map(definitions).set(name, { ...definition, vars: { ...definition.vars, NEW: 1 } });
        const [was, is] = [definitions, after].map((each) => effectiveEnvironments(each).environments);
        const changed = [...(is ?? [])].filter(
          ([each, { vars }]) => was?.get(each)?.vars['NEW'] !== vars['NEW'],
        );
        const expected = [name, ...descendantsOf(definitions, name)].filter((each) => is?.has(each));
        expect(changed.map(([each]) => each).toSorted()).toEqual(expected.toSorted());
        // The same as without anything that is remembered.
        expect(is).toEqual(effectiveEnvironments(structuredClone(after)).environments);
      }),
    );
  });

  test('comes by way of thousands', () => {
    const chain = new Map(
      Array.from({ length: 2_000 }, (_, n): [string, EnvironmentDefinition] => [
        `e${n}`,
        { name: `e${n}`, vars: { [`V${n}`]: n }, ...(n === 0 ? {} : { parent: `e${n - 1}` }) },
      ]),
    );
    const line = lineageOf(chain, 'e1999');
    expect(Array.isArray(line) && line.length).toBe(2_000);
    const last = new Map([...chain].filter(([name]) => name !== 'e0'));
    expect(lineageOf(last, 'e1999')).toBe("the parent of e1, e0, doesn't exist");
  });
});

/** Environments that say nothing but who their parent is. */
function family(parents: Record<string, string | undefined>): EnvironmentDefinitions {
  return new Map(
    Object.entries(parents).map(([name, parent]) => [
      name,
      { name, vars: {}, ...(parent === undefined ? {} : { parent }) },
    ]),
  );
}

describe('an environment whose line is broken', () => {
  test.each<[string, Record<string, string | undefined>, Record<string, string>]>([
    ['a missing parent', { a: 'gone' }, { a: "its parent gone doesn't exist" }],
    [
      "a parent's missing parent",
      { a: undefined, b: 'gone', c: 'b' },
      { b: "its parent gone doesn't exist", c: "the parent of b, gone, doesn't exist" },
    ],
    ['itself', { a: 'a' }, { a: 'its parents go round in a circle: a → a' }],
    [
      'a circle, and what hangs on it',
      { a: 'b', b: 'a', c: 'a', d: undefined },
      {
        a: 'its parents go round in a circle: a → b → a',
        b: 'its parents go round in a circle: b → a → b',
        c: 'its parents go round in a circle: a → b → a',
      },
    ],
  ])('by %s is left out, and told', (_, parents, expected) => {
    const { environments, broken } = effectiveEnvironments(family(parents));
    expect(Object.fromEntries(broken)).toEqual(expected);
    expect([...environments.keys()]).toEqual(Object.keys(parents).filter((name) => !(name in expected)));
  });

  test('by a parent that nobody can read is told so: it does exist', () => {
    const { broken } = effectiveEnvironments(family({ b: 'odd', c: 'b', d: 'gone' }), new Set(['odd']));
    expect(Object.fromEntries(broken)).toEqual({
      b: "its parent odd can't be read",
      c: "the parent of b, odd, can't be read",
      d: "its parent gone doesn't exist",
    });
  });

  test('of nobody is told, too', () => {
    expect(lineageOf(family({}), 'a')).toBe("it doesn't exist");
  });
});

test('descendants are found by way of others, in circles once, and never the environment itself', () => {
  fc.assert(
    fc.property(anyFamily, fc.constantFrom(...names), (definitions, name) => {
      const isBelow = (each: string): boolean => {
        const seen = new Set<string>();
        for (let at = definitions.get(each)?.parent; at !== undefined; at = definitions.get(at)?.parent) {
          if (at === name) return true;
          if (seen.has(at)) return false;
          seen.add(at);
        }
        return false;
      };
      const expected = [...definitions.keys()].filter((each) => each !== name && isBelow(each));
      expect(descendantsOf(definitions, name).toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: 500 },
  );
});
