// The routing table: changed one object at a time in any order, it decides as one made at once.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Environment } from '../../../../../src/core/environments/environment.ts';
import type { HeldPair } from '../../../../../src/core/routing/table/held-configurations.ts';
import { routedVersion } from '../../../../../src/core/routing/table/routed-version.ts';
import { RoutingTable } from '../../../../../src/core/routing/table/routing-table.ts';
import { decideBySelectors, manifestOf, tableOf, type TableSketch } from '../routing-fixture.ts';

const colors = [{}, { COLOR: 'red' }, { COLOR: 'blue', WORD: 'hi' }, { OTHER: 'only' }];
const versionNames = ['v1', 'v2', 'v3'];
const environmentNames = ['dev', 'team'];
const configurationNames = ['c1', 'c2'];

/** A version of one of several kinds: with a variable, with other routes, calling another component. */
function versionOf(name: string, variant: number) {
  const color = { COLOR: { type: 'string', required: false, default: 'red' } } as const;
  const word = { WORD: { type: 'string', required: false, bind: 'request' } } as const;
  return manifestOf(name, {
    ui: {
      source: String(variant % 2),
      rules: [
        variant > 1 ? 'Path(`/only`)' : 'PathPrefix(`/`)',
        ...(variant === 0 ? ['Path(`/{{.Vars.OTHER}}`)'] : []),
      ],
      env: { ...(variant === 1 ? color : {}), ...(variant === 2 ? word : {}) },
      calls: ['api'],
    },
    api: { source: name, env: variant === 3 ? color : {} },
  });
}

type Change =
  | { readonly what: 'version'; readonly name: string; readonly variant: number; readonly runsIn: string[] }
  | { readonly what: 'no version'; readonly name: string }
  | {
      readonly what: 'environment';
      readonly name: string;
      readonly vars: number;
      readonly isDefault: boolean;
    }
  | { readonly what: 'no environment'; readonly name: string }
  | {
      readonly what: 'configuration';
      readonly name: string;
      /** Absent: it goes. */
      readonly vars?: number | undefined;
    }
  | {
      readonly what: 'release';
      readonly name: string;
      readonly environment: string;
      readonly configuration?: string | undefined;
    };

const anyVersion = fc.constantFrom(...versionNames);
const anyEnvironment = fc.constantFrom(...environmentNames);
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    what: fc.constant('version' as const),
    name: anyVersion,
    variant: fc.nat({ max: 3 }),
    runsIn: fc.subarray(environmentNames),
  }),
  fc.record({ what: fc.constant('no version' as const), name: anyVersion }),
  fc.record({
    what: fc.constant('environment' as const),
    name: anyEnvironment,
    vars: fc.nat({ max: 3 }),
    isDefault: fc.boolean(),
  }),
  fc.record({ what: fc.constant('no environment' as const), name: anyEnvironment }),
  fc.record({
    what: fc.constant('configuration' as const),
    name: fc.constantFrom(...configurationNames),
    vars: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  }),
  fc.record({
    what: fc.constant('release' as const),
    name: anyVersion,
    environment: anyEnvironment,
    configuration: fc.constantFrom(undefined, ...configurationNames),
  }),
);

/** Everything that can be asked of a table, as text. */
function answers(table: RoutingTable): string[] {
  const asked = [undefined, ...versionNames].flatMap((deployment) =>
    [undefined, ...environmentNames].flatMap((environment) =>
      ['/', '/only'].map((path) => {
        const selectors = {
          ...(deployment === undefined ? {} : { deployment }),
          ...(environment === undefined ? {} : { environment }),
        };
        const decision = decideBySelectors(table, selectors, path);
        return 'problem' in decision
          ? JSON.stringify(decision)
          : `${decision.environment} ${decision.component} ${decision.workload} ${String(decision.told)}`;
      }),
    ),
  );
  const pairs = versionNames.flatMap((name) => {
    const version = table.version('shop', name);
    const workload = version === undefined ? '' : (table.workloads(version, 'dev')?.get('ui') ?? '');
    const live = table.livePairs('shop', 'ui', workload);
    return live
      .map(
        (each) => `${each.version.name} ${each.environments.join()} ${[...each.workloads.values()].join()}`,
      )
      .toSorted();
  });
  return [...asked, ...pairs];
}

/** Versions of the shop by environment. */
function releasedOf(releases: Readonly<Record<string, string>>): Map<string, Map<string, string>> {
  return new Map(
    Object.entries(releases).map(([key, name]) => [key.split('.')[0] ?? '', new Map([['shop', name]])]),
  );
}

test('whatever happened before, a table answers as one that was just filled', () => {
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 25 }), (changes) => {
      const table = new RoutingTable();
      const versions = new Map<string, TableSketch['versions'][number]>();
      const environments = new Map<string, { name: string; vars: Record<string, string> }>();
      const defaults = new Set<string>();
      const releases: Record<string, string> = {};
      const held = new Map<string, HeldPair>();
      const configurations = new Map<string, Environment>();
      for (const change of changes) {
        apply(change);
        if (change.what === 'version') table.prepareNext();
        // Asked in between, so that what it remembers must be forgotten at the right time.
        answers(table);
      }
      const fresh = tableOf({
        versions: [...versions.values()],
        environments: [...environments.values()],
        releases,
      });
      fresh.setReleases(releasedOf(releases), [...held.values()]);
      for (const [name, each] of configurations) fresh.setConfiguration(name, each);
      for (const name of defaults) fresh.setEnvironment(environments.get(name) ?? { name, vars: {} }, true);
      // What has been replaced is remembered for a while.
      table.age();
      table.age();
      expect(answers(table)).toEqual(answers(fresh));

      function apply(change: Change): void {
        if (change.what === 'version') {
          const manifest = versionOf(change.name, change.variant);
          table.setVersion(routedVersion(manifest, change.runsIn));
          versions.delete(change.name);
          versions.set(change.name, { manifest, runsIn: change.runsIn });
        } else if (change.what === 'no version') {
          table.deleteVersion('shop', change.name);
          versions.delete(change.name);
        } else if (change.what === 'environment') {
          const environment = { name: change.name, vars: colors[change.vars] ?? {} };
          table.setEnvironment(environment, change.isDefault);
          environments.set(change.name, environment);
          defaults[change.isDefault ? 'add' : 'delete'](change.name);
        } else if (change.what === 'no environment') {
          table.deleteEnvironment(change.name);
          environments.delete(change.name);
          defaults.delete(change.name);
        } else if (change.what === 'configuration') {
          if (change.vars === undefined) {
            table.deleteConfiguration(change.name);
            configurations.delete(change.name);
          } else {
            const environment = {
              name: 'dev',
              vars: colors[change.vars] ?? {},
              configuration: `${change.name} ${change.vars}`,
            };
            table.setConfiguration(change.name, environment);
            configurations.set(change.name, environment);
          }
        } else {
          const { environment, name: version, configuration } = change;
          held.delete(environment);
          if (configuration !== undefined)
            held.set(environment, { app: 'shop', version, environment, configuration });
          releases[`${change.environment}.shop`] = change.name;
          table.setReleases(releasedOf(releases), [...held.values()]);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('what a release does not touch keeps its compiled routes', () => {
  const versions = versionNames.map((name) => ({ manifest: versionOf(name, 0), runsIn: environmentNames }));
  const table = tableOf({
    versions,
    environments: environmentNames.map((name) => ({ name, vars: {} })),
    releases: { 'dev.shop': 'v1', 'team.shop': 'v1' },
  });
  const [dev, team] = [table.releasedRoutes('dev'), table.releasedRoutes('team')];
  table.setReleases(
    new Map([
      ['dev', new Map([['shop', 'v2']])],
      ['team', new Map([['shop', 'v1']])],
    ]),
  );
  expect(table.releasedRoutes('dev')).not.toBe(dev);
  expect(table.releasedRoutes('team')).toBe(team);
});

test('versions are prepared one by one, and again when an environment changes', () => {
  const versions = versionNames.map((name) => ({ manifest: versionOf(name, 1), runsIn: ['dev'] }));
  const table = tableOf({ versions, environments: [{ name: 'dev', vars: {} }] });
  const preparing = () => [
    table.prepareNext(),
    table.prepareNext(),
    table.prepareNext(),
    table.prepareNext(),
  ];
  expect(preparing()).toEqual([true, true, false, false]);
  table.setEnvironment({ name: 'dev', vars: {} }, true);
  expect(preparing()).toEqual([false, false, false, false]);
  table.setEnvironment({ name: 'dev', vars: { COLOR: 'blue' } }, true);
  expect(preparing()).toEqual([true, true, false, false]);
});
