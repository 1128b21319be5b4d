// Identity: what changes which hash, and above all what doesn't.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VariableDeclaration } from '../../../../src/core/version/app.ts';
import { canonicalJson, type Json } from '../../../../src/core/version/canonical.ts';
import {
  ownHash,
  sourceHash,
  type SourceDocument,
  templateHash,
  workloadHashes,
} from '../../../../src/core/version/identity.ts';
import type { PodTemplate } from '../../../../src/core/version/manifest.ts';
import {
  anyChange,
  anyEnvironment,
  anySketches,
  differing,
  leaf,
  manifestOf,
  reachable,
  reordered,
  type Sketches,
} from './identity-fixture.ts';

const dev = { name: 'dev', vars: {} };

/** Workload hashes in an empty environment. */
function hashes(sketches: Sketches, environment = dev): Map<string, string> {
  return workloadHashes(manifestOf('v1', sketches), environment);
}

/** Something that calls nothing but perhaps itself is what it is. */
function isLeaf(sketches: Sketches, name: string): boolean {
  return (sketches[name]?.calls ?? []).every((callee) => callee === name);
}

/** A component's sketch in an app that has it. */
function withChange(sketches: Sketches, name: string, change: Partial<Sketches[string]>): Sketches {
  return { ...sketches, [name]: { ...leaf, ...sketches[name], ...change } };
}

const anyAppAndName = anySketches.chain((sketches) =>
  fc.tuple(fc.constant(sketches), fc.constantFrom(...Object.keys(sketches))),
);

const few = fc.constantFrom('a', 'b', 'c');
const anySource: fc.Arbitrary<SourceDocument> = fc.record({
  component: few,
  path: few,
  tree: few,
  shared: fc.dictionary(few, few),
  build: fc.oneof(fc.constant({}), fc.record({ command: few })),
});
const anyDeclaration: fc.Arbitrary<VariableDeclaration> = fc.record(
  { type: fc.constantFrom('string', 'number'), required: fc.boolean(), default: few, description: few },
  { requiredKeys: ['type', 'required'] },
);
const anyProbe = fc.record({ path: few, timeout: fc.constantFrom(1, 2) }, { requiredKeys: [] });
const anyTemplate: fc.Arbitrary<PodTemplate> = fc.record(
  {
    command: fc.array(few, { minLength: 1, maxLength: 2 }),
    port: fc.constantFrom(1, 2),
    calls: fc.uniqueArray(few).map((calls) => calls.toSorted()),
    env: fc.dictionary(few, anyDeclaration),
    healthPath: few,
    resources: fc.record({ requests: fc.dictionary(few, few), limits: fc.dictionary(few, few) }),
    probes: fc.record(
      { startup: anyProbe, liveness: anyProbe, readiness: fc.record({ period: fc.constantFrom(1, 2) }) },
      { requiredKeys: [] },
    ),
    securityContext: fc.record({ runAsUser: fc.constantFrom(0, 1000), runAsNonRoot: fc.boolean() }),
    nodeSelector: fc.dictionary(few, few),
    tolerations: fc.array(fc.record({ key: few, operator: fc.constantFrom('Exists', 'Equal') })),
    topologySpread: fc.subarray(['zone', 'node'] as const),
    terminationGracePeriod: fc.constantFrom(10, 30),
    serviceAccount: few,
    references: fc.dictionary(few, few),
    podTemplate: fc.record({ spec: fc.dictionary(few, few) }),
  },
  { requiredKeys: ['command', 'port', 'calls', 'env'] },
);

/** What of a template counts, as an independent document. */
const hashed = ({ env, ...rest }: PodTemplate): Json => {
  const types = Object.entries(env).map(([name, { type }]) => [name, type] as const);
  return { ...rest, env: Object.fromEntries(types) } as unknown as Json;
};

/** Two templates that mostly differ in a few settings only. */
const anyTwoTemplates = fc.tuple(anyTemplate, anyTemplate, fc.func(fc.boolean())).map(([a, b, isFromA]) => {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof PodTemplate)[];
  const mixed = keys.flatMap((key) => {
    const value = isFromA(key) ? a[key] : b[key];
    return value === undefined ? [] : [[key, value]];
  });
  const either: PodTemplate = Object.fromEntries(mixed);
  return [a, either] as const;
});

const declaring = (env: Record<string, VariableDeclaration>) => ({
  templateHash: 't',
  forwardsContext: false,
  template: { calls: [], env },
});

const ownOf = (env: Record<string, VariableDeclaration>, vars: Record<string, string | number>) =>
  ownHash(declaring(env), { name: 'dev', vars });

describe('the source hash', () => {
  test('is the same exactly where everything that is built from is the same', () => {
    fc.assert(
      fc.property(anySource, anySource, (a, b) => {
        const same = canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);
        expect(sourceHash(a) === sourceHash(b)).toBe(same);
      }),
    );
  });

  test('changes with each of its parts, and not with the order of keys', () => {
    const source: SourceDocument = {
      component: 'web',
      path: 'a/web',
      tree: 't1',
      shared: { lib: 's1', lock: 's2' },
      build: { command: 'make' },
    };
    const changed: SourceDocument[] = [
      { ...source, component: 'api' },
      { ...source, path: 'b/web' },
      { ...source, tree: 't2' },
      { ...source, shared: { lib: 's1' } },
      { ...source, shared: { lib: 's1', lock: 's3' } },
      { ...source, shared: { lib: 's2', lock: 's1' } },
      { ...source, shared: { lib: 's1', lockfile: 's2' } },
      { ...source, build: {} },
      { ...source, build: { command: 'make all' } },
    ];
    const all = new Set([source, ...changed].map(sourceHash));
    expect(all.size).toBe(changed.length + 1);
    expect(sourceHash(reordered(source))).toBe(sourceHash(source));
  });

  // Changing this hash rebuilds and restarts everything that anybody runs: raise the format number, then.
  test('is what it always was', () => {
    expect(
      sourceHash({
        component: 'web',
        path: 'web',
        tree: 't',
        shared: { lib: 's' },
        build: { command: 'make' },
      }),
    ).toMatchInlineSnapshot(`"2b25f0f52128feff7972339d32737cf047714dd94dc4b72af13ebdd19e503cc7"`);
  });
});

describe('the template hash', () => {
  test('is the same exactly where source, settings, and names and types of variables are the same', () => {
    fc.assert(
      fc.property(few, few, anyTwoTemplates, (s, t, [a, b]) => {
        const same = s === t && canonicalJson(hashed(a)) === canonicalJson(hashed(b));
        expect(templateHash(s, a) === templateHash(t, b)).toBe(same);
      }),
    );
  });

  test("doesn't depend on the order of keys", () => {
    fc.assert(
      fc.property(anyTemplate, (template) => {
        expect(templateHash('s', reordered(template))).toBe(templateHash('s', template));
      }),
    );
  });

  test('is what it always was', () => {
    const template: PodTemplate = {
      command: ['node', 'x'],
      port: 80,
      calls: ['api'],
      env: { A: { type: 'string', required: true } },
      healthPath: '/ok',
    };
    expect(templateHash('s', template)).toMatchInlineSnapshot(
      `"f1aa5513064ebada228818b0a98d04cbb4dd6796e9445c6f3cd8f2301c1bdad1"`,
    );
  });
});

describe('the own hash', () => {
  const text: VariableDeclaration = { type: 'string', required: false };

  test('changes with the value of a declared variable, wherever it comes from, and with no other', () => {
    const red = ownOf({ A: text }, { A: 'red' });
    expect(ownOf({ A: text }, { A: 'blue' })).not.toBe(red);
    expect(ownOf({ A: text }, {})).not.toBe(red);
    expect(ownOf({ A: { ...text, default: 'red' } }, {})).toBe(red);
    expect(
      ownOf({ A: { ...text, default: 'blue', required: true, description: 'x' } }, { A: 'red', B: 'x' }),
    ).toBe(red);
    expect(ownOf({ A: { type: 'number', required: false } }, { A: 3 })).not.toBe(
      ownOf({ A: text }, { A: '3' }),
    );
  });

  test("doesn't depend on the environment's name", () => {
    expect(ownHash(declaring({ A: text }), { name: 'x', vars: { A: '1' } })).toBe(
      ownHash(declaring({ A: text }), { name: 'y', vars: { A: '1' } }),
    );
  });
});

describe('workload hashes', () => {
  test('change, with a source, for it and for whatever reaches it and forwards nothing', () => {
    fc.assert(
      fc.property(anyAppAndName, ([sketches, name]) => {
        const changed = differing(hashes(sketches), hashes(withChange(sketches, name, { source: 'new' })));
        const expected = Object.keys(sketches).filter(
          (each) =>
            each === name || (sketches[each]?.forwards === false && reachable(sketches, each).has(name)),
        );
        expect(changed).toEqual(expected.toSorted());
      }),
      { numRuns: 300 },
    );
  });

  test('change, with the value of a variable, for those that declare it and whatever reaches them and forwards nothing', () => {
    fc.assert(
      fc.property(anySketches, (sketches) => {
        const changed = differing(
          hashes(sketches),
          hashes(sketches, { name: 'dev', vars: { COLOR: 'blue' } }),
        );
        const declares = (name: string) => sketches[name]?.env['COLOR'] !== undefined;
        const expected = Object.keys(sketches).filter(
          (each) =>
            declares(each) ||
            (sketches[each]?.forwards === false && [...reachable(sketches, each)].some(declares)),
        );
        expect(changed).toEqual(expected.toSorted());
      }),
      { numRuns: 300 },
    );
  });

  test('change, with forwardsContext, for what has something below it, and whatever reaches that and forwards nothing', () => {
    fc.assert(
      fc.property(anyAppAndName, ([sketches, name]) => {
        const after = withChange(sketches, name, { forwards: sketches[name]?.forwards === false });
        const expected = Object.keys(sketches).filter(
          (each) =>
            each === name || (sketches[each]?.forwards === false && reachable(sketches, each).has(name)),
        );
        expect(differing(hashes(sketches), hashes(after))).toEqual(
          isLeaf(sketches, name) ? [] : expected.toSorted(),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('of two versions, where a component that forwards nothing has the same, everything below it has the same', () => {
    fc.assert(
      fc.property(anyChange, anyEnvironment, anyEnvironment, ({ before, after }, here, there) => {
        const [was, is] = [hashes(before, here), hashes(after, there)];
        for (const [name, { forwards }] of Object.entries(after)) {
          if (forwards || was.get(name) !== is.get(name)) continue;
          for (const below of reachable(after, name))
            expect([name, below, is.get(below)]).toEqual([name, below, was.get(below)]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('are deep = own for what calls nothing', () => {
    fc.assert(
      fc.property(anySketches, anyEnvironment, (sketches, environment) => {
        const { components } = manifestOf('v1', sketches);
        const all = workloadHashes({ components }, environment);
        for (const [name, component] of Object.entries(components)) {
          const own = ownHash(component, environment);
          expect(all.get(name) === own).toBe(component.forwardsContext || isLeaf(sketches, name));
        }
      }),
    );
  });

  test('differ between any two components, in circles, too', () => {
    fc.assert(
      fc.property(anySketches, (sketches) => {
        expect(new Set(hashes(sketches).values()).size).toBe(Object.keys(sketches).length);
      }),
    );
  });

  test("don't depend on replicas, images, routes, modules, commit, version or app", () => {
    fc.assert(
      fc.property(anySketches, anyEnvironment, (sketches, environment) => {
        const manifest = manifestOf('v1', sketches);
        const components = Object.entries(manifest.components).map(([name, component]) => {
          return [
            name,
            {
              ...component,
              replicas: 99,
              image: 'sha256:other',
              routes: [{ rule: 'Path(`/`)' }],
              modules: ['x'],
            },
          ] as const;
        });
        const other = {
          ...manifest,
          app: 'other',
          version: 'v9',
          commit: '1'.repeat(40),
          mutable: true,
          dirty: true,
          components: Object.fromEntries(components),
        };
        expect(workloadHashes(other, environment)).toEqual(workloadHashes(manifest, environment));
      }),
    );
  });

  test("don't depend on the order of components or of any key", () => {
    fc.assert(
      fc.property(anySketches, anyEnvironment, (sketches, environment) => {
        const manifest = manifestOf('v1', sketches);
        expect(workloadHashes(reordered(manifest), environment)).toEqual(
          workloadHashes(manifest, environment),
        );
      }),
    );
  });

  test("don't depend on components that they don't reach", () => {
    fc.assert(
      fc.property(anySketches, (sketches) => {
        const more = hashes({ ...sketches, z: { ...leaf, calls: Object.keys(sketches) } });
        expect(differing(hashes(sketches), more)).toEqual(['z']);
      }),
    );
  });

  test('of a chain of thousands are made without running out of stack', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 5000 }, (_, n) => [`c${n}`, { ...leaf, calls: n === 4999 ? [] : [`c${n + 1}`] }]),
    );
    const changed = differing(hashes(chain), hashes(withChange(chain, 'c4999', { source: '2' })));
    expect(changed).toHaveLength(5000);
  });

  // See the source hash.
  test('are what they always were', () => {
    const sketches = { ui: { ...leaf, calls: ['api'] }, api: { ...leaf, calls: ['db', 'ui'] }, db: leaf };
    expect(Object.fromEntries(hashes(sketches))).toMatchInlineSnapshot(`
      {
        "api": "ad2c96a732d4d221f5c17ba317e5b8b7263b27932e731cc84c9eb3cdabeb38dd",
        "db": "02662894a7717500ff1956d4308e4dcc45d5c12b2f3381154d94dc6b3db763c6",
        "ui": "355287cf649a79d2e3d70f1e42e87f05d76f8ccfc89fbd716e883bedb01844e8",
      }
    `);
  });

  test('need every callee', () => {
    expect(() => hashes({ ui: { ...leaf, calls: ['nobody'] } })).toThrow('no hash of nobody');
  });
});
