// Random apps for the tests of identity: components that call each other in any way, circles and themselves included.
import * as fc from 'fast-check';
import type { VariableDeclaration } from '../../../../src/core/version/app.ts';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import { sourceHash, templateHash } from '../../../../src/core/version/identity.ts';
import type {
  ManifestComponent,
  PodTemplate,
  VersionManifest,
} from '../../../../src/core/version/manifest.ts';

/** What a test says of a component; the rest follows from it. */
export interface Sketch {
  /** Stands for its content. */
  readonly source: string;
  readonly calls: readonly string[];
  readonly forwards: boolean;
  readonly env: Readonly<Record<string, VariableDeclaration>>;
  readonly secrets?: readonly string[];
  readonly replicas: number;
}

/** Sketches by name. */
export type Sketches = Readonly<Record<string, Sketch>>;

/** A component that calls nothing. */
export const leaf: Sketch = { source: '1', calls: [], forwards: false, env: {}, replicas: 1 };

/** The manifest of an app `shop`. Images are those of the sources, unless said otherwise. */
export function manifestOf(
  version: string,
  sketches: Partial<Record<string, Partial<Sketch>>>,
  image?: string,
): VersionManifest {
  return {
    format: 1,
    app: 'shop',
    version,
    commit: '0'.repeat(40),
    mutable: false,
    dirty: false,
    components: Object.fromEntries(
      Object.entries(sketches).map(([name, sketch]) => [
        name,
        componentOf(name, { ...leaf, ...sketch }, image),
      ]),
    ),
  };
}

function componentOf(
  name: string,
  { source, calls, forwards, env, secrets, replicas }: Sketch,
  image?: string,
): ManifestComponent {
  const hash = sourceHash({ component: name, path: name, tree: source, shared: {}, build: {} });
  const template: PodTemplate = {
    command: ['node', 'server.js'],
    port: 8080,
    calls: [...new Set(calls)].toSorted(),
    env,
    ...(secrets === undefined ? {} : { secrets }),
  };
  return {
    sourceHash: hash,
    templateHash: templateHash(hash, template),
    image: image ?? `sha256:${hash}`,
    tree: source,
    template,
    routes: [],
    forwardsContext: forwards,
    replicas,
    modules: [],
  };
}

/** Names of components in random apps. */
export const names = ['a', 'b', 'c', 'd', 'e', 'f'];

const color: Record<string, VariableDeclaration> = {
  COLOR: { type: 'string', required: false, default: 'red' },
};

/** A random app. */
export const anySketches: fc.Arbitrary<Sketches> = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1 })
  .chain((chosen) => fc.tuple(...chosen.map((name) => fc.tuple(fc.constant(name), anySketch(chosen)))))
  .map((entries) => Object.fromEntries(entries));

function anySketch(callable: readonly string[]): fc.Arbitrary<Sketch> {
  return fc.record({
    source: fc.constantFrom('1', '2'),
    calls: fc.oneof(
      fc.subarray([...callable], { maxLength: Math.min(2, callable.length) }),
      fc.subarray([...callable]),
    ),
    forwards: fc.boolean(),
    env: fc.constantFrom({}, {}, color),
    replicas: fc.integer({ min: 1, max: 3 }),
  });
}

/** A random app, and a version of it in which a few components changed. */
export const anyChange: fc.Arbitrary<{ before: Sketches; after: Sketches }> = anySketches.chain((before) =>
  fc
    .dictionary(
      fc.constantFrom(...Object.keys(before)),
      fc.record({ source: fc.constantFrom('1', '2', '3'), forwards: fc.boolean() }, { requiredKeys: [] }),
    )
    .map((changes) => {
      const after = Object.entries(before).map(
        ([name, sketch]) => [name, { ...sketch, ...changes[name] }] as const,
      );
      return { before, after: Object.fromEntries(after) };
    }),
);

/** A virtual environment that may give COLOR a value. */
export const anyEnvironment: fc.Arbitrary<Environment> = fc
  .constantFrom<Environment['vars']>({}, { COLOR: 'red' }, { COLOR: 'blue' }, { OTHER: 1 })
  .map((vars) => ({ name: 'dev', vars }));

/** Everything that can be reached by calls, the component itself not included unless it calls itself by any way. */
export function reachable(sketches: Sketches, from: string): Set<string> {
  const found = new Set<string>();
  const open = [...(sketches[from]?.calls ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(sketches[next]?.calls ?? []));
  }
  return found;
}

/** Names of components whose hash differs. */
export function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...after.keys()].filter((name) => before.get(name) !== after.get(name)).toSorted();
}

/** The same JSON with the keys of every object in another order. */
export function reordered<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reordered(member as unknown)]),
  ) as T;
}
