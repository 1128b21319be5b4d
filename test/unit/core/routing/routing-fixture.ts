// Small manifests, and random ones, for the tests of routing.
import { routedRequest } from '../../../../src/core/routing/rules/routed-request.ts';
import * as fc from 'fast-check';
import type { VariableDeclaration } from '../../../../src/core/version/app.ts';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import type { EnvironmentDefinition } from '../../../../src/core/environments/environment-definition.ts';
import { decideGenesis, type Destination } from '../../../../src/core/routing/genesis.ts';
import type { Problem } from '../../../../src/core/routing/problem.ts';
import type { Selectors } from '../../../../src/core/routing/selector.ts';
import { sourceHash, templateHash } from '../../../../src/core/version/identity.ts';
import type {
  ManifestComponent,
  PodTemplate,
  VersionManifest,
} from '../../../../src/core/version/manifest.ts';
import { routedVersion } from '../../../../src/core/routing/table/routed-version.ts';
import { RoutingTable } from '../../../../src/core/routing/table/routing-table.ts';

/** What a test says of a component. */
export interface ComponentSketch {
  /** Stands for its content. */
  readonly source?: string;
  readonly calls?: readonly string[];
  readonly forwards?: boolean;
  readonly rules?: readonly string[];
  readonly env?: Readonly<Record<string, VariableDeclaration>>;
}

/** A manifest of app `shop` (or another) with these components. */
export function manifestOf(
  version: string,
  components: Record<string, ComponentSketch>,
  app = 'shop',
): VersionManifest {
  return {
    format: 1,
    app,
    version,
    commit: '0'.repeat(40),
    mutable: false,
    dirty: false,
    components: Object.fromEntries(
      Object.entries(components).map(([name, sketch]) => [name, componentOf(name, sketch)]),
    ),
  };
}

function componentOf(
  name: string,
  { source = 'a', calls = [], forwards = false, rules = [], env = {} }: ComponentSketch,
): ManifestComponent {
  const hash = sourceHash({ component: name, path: name, tree: source, shared: {}, build: {} });
  const template: PodTemplate = {
    command: ['node', 'server.js'],
    port: 8080,
    calls: [...calls].toSorted(),
    env,
  };
  return {
    sourceHash: hash,
    templateHash: templateHash(hash, template),
    image: `sha256:${hash}`,
    tree: source,
    template,
    routes: rules.map((rule) => ({ rule })),
    forwardsContext: forwards,
    replicas: 1,
    modules: [],
  };
}

/** Versions, environments and releases of a test. */
export interface TableSketch {
  readonly versions: readonly { readonly manifest: VersionManifest; readonly runsIn: readonly string[] }[];
  readonly environments: readonly Environment[];
  readonly defaultEnvironment?: string;
  /** Version by `environment.app`. */
  readonly releases?: Readonly<Record<string, string>>;
}

/** The definition that says what an environment has. */
export function definitionOf({ name, vars, secrets = {} }: Environment): EnvironmentDefinition {
  const references = Object.entries(secrets).map(([each, fingerprint]) => [each, { fingerprint }] as const);
  return { name, vars, ...(references.length === 0 ? {} : { secrets: Object.fromEntries(references) }) };
}

export function tableOf({
  versions,
  environments,
  defaultEnvironment,
  releases = {},
}: TableSketch): RoutingTable {
  const table = new RoutingTable();
  for (const environment of environments)
    table.setEnvironment(definitionOf(environment), environment.name === defaultEnvironment);
  for (const { manifest, runsIn } of versions) table.setVersion(routedVersion(manifest, runsIn));
  const released = new Map<string, Map<string, string>>();
  for (const [key, version] of Object.entries(releases)) {
    const [environment = '', app = ''] = key.split('.');
    released.set(environment, (released.get(environment) ?? new Map<string, string>()).set(app, version));
  }
  table.setReleases(released);
  return table;
}

/** Where a request from outside goes that selects so much, and tells its environment by nothing else. */
export function decideBySelectors(
  table: RoutingTable,
  { environment = table.environments.default, deployment }: Selectors,
  path: string,
): Destination | Problem {
  return decideGenesis(table, environment, deployment, routedRequest({ method: 'GET', target: path }));
}

const componentNames = ['a', 'b', 'c', 'd', 'e'];

/** Random components that call each other in any way, circles included; a few variables; few sources, so that much is alike. */
function anyComponents(anyForwards: fc.Arbitrary<boolean>): fc.Arbitrary<Record<string, ComponentSketch>> {
  return fc.uniqueArray(fc.constantFrom(...componentNames), { minLength: 1 }).chain((names) =>
    fc
      .tuple(
        ...names.map((name) =>
          fc.record({
            source: fc.constantFrom('1', '2'),
            calls: fc.subarray(names.filter((other) => other !== name)),
            forwards: anyForwards,
            env: fc.constantFrom<Record<string, VariableDeclaration>>(
              {},
              {},
              { COLOR: { type: 'string', required: false, default: 'red' } },
            ),
          }),
        ),
      )
      .map((sketches) => Object.fromEntries(names.map((name, index) => [name, sketches[index] ?? {}]))),
  );
}

/** Versions made from one another by changing a few components, as a developer would, in environments with few different values. */
export function anyTable(anyForwards: fc.Arbitrary<boolean> = fc.boolean()): fc.Arbitrary<TableSketch> {
  const anyEnvironments = fc
    .array(fc.constantFrom<Environment['vars']>({}, { COLOR: 'red' }, { COLOR: 'blue' }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((all) => all.map((vars, index) => ({ name: `ve${index}`, vars })));
  const anyHistory = anyComponents(anyForwards).chain((base) =>
    fc
      .array(
        fc.dictionary(
          fc.constantFrom(...Object.keys(base)),
          fc.record({ source: fc.constantFrom('1', '2', '3'), forwards: anyForwards }),
        ),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      .map((changes) => changes.map((change) => merge(base, change))),
  );
  return fc.tuple(anyHistory, anyEnvironments).chain(([history, environments]) =>
    fc
      .array(fc.subarray(environments.map(({ name }) => name)), {
        minLength: history.length,
        maxLength: history.length,
      })
      .map((runsIn) => ({
        environments,
        versions: history.map((components, index) => ({
          manifest: manifestOf(`v${index}`, components),
          runsIn: runsIn[index] ?? [],
        })),
      })),
  );
}

function merge(
  base: Record<string, ComponentSketch>,
  change: Record<string, ComponentSketch>,
): Record<string, ComponentSketch> {
  return Object.fromEntries(
    Object.entries(base).map(([name, sketch]) => [name, { ...sketch, ...change[name] }]),
  );
}
