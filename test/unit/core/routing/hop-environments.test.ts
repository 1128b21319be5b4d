// Hops over virtual environments: whatever they say and releases hold on to, a request only meets what is its own.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import { decideHop } from '../../../../src/core/routing/hop.ts';
import { isProblem } from '../../../../src/core/routing/problem.ts';
import {
  requestVariableProblems,
  requestVariables,
} from '../../../../src/core/environments/request-variables.ts';
import { routedVersion } from '../../../../src/core/routing/table/routed-version.ts';
import { RoutingTable } from '../../../../src/core/routing/table/routing-table.ts';
import { type Workload, workloadKey, workloadsOf } from '../../../../src/core/version/workload.ts';
import { anyRedeclared, anySecrets, anyVars } from '../version/identity-environments-fixture.ts';
import { leaf, manifestOf, type Sketches } from '../version/identity-fixture.ts';
import { definitionOf } from './routing-fixture.ts';

/** Two versions that run in two environments each; a pair may hold on to something else than the environment says. */
interface Scene {
  readonly sketches: readonly [Sketches, Sketches];
  readonly live: readonly [Environment, Environment];
  /** By version and environment. */
  readonly held: Readonly<Record<string, Environment['vars']>>;
}

const environmentNames = ['dev', 'team-a'] as const;

const anyLive = (name: string): fc.Arbitrary<Environment> =>
  fc.record({ name: fc.constant(name), vars: anyVars, secrets: anySecrets });

const anyScene: fc.Arbitrary<Scene> = fc.record({
  sketches: anyRedeclared,
  live: fc.tuple(anyLive('dev'), anyLive('team-a')),
  held: fc.dictionary(fc.constantFrom('v0 dev', 'v1 dev', 'v0 team-a'), anyVars),
});

/** A version in an environment, with all that is its own there. */
interface Pair {
  readonly version: string;
  readonly environment: Environment;
  readonly workloads: ReadonlyMap<string, Workload>;
}

function pairsOf({ sketches, live, held }: Scene): Pair[] {
  return sketches.flatMap((components, index) => {
    const version = `v${index}`;
    const manifest = manifestOf(version, components);
    return live.map((now) => {
      const vars = held[`${version} ${now.name}`];
      const environment =
        vars === undefined ? now : { name: now.name, vars, configuration: JSON.stringify(vars) };
      return { version, environment, workloads: workloadsOf(manifest, environment) };
    });
  });
}

function tableOf(scene: Scene): RoutingTable {
  const table = new RoutingTable();
  for (const environment of scene.live) table.setEnvironment(definitionOf(environment), false);
  for (const [index, components] of scene.sketches.entries())
    table.setVersion(routedVersion(manifestOf(`v${index}`, components), environmentNames));
  const held = pairsOf(scene).filter(({ environment }) => environment.configuration !== undefined);
  for (const { version, environment } of held)
    table.setConfiguration(`${version}-${environment.name}`, environment);
  table.setReleases(
    new Map(),
    held.map(({ version, environment: { name } }) => ({
      app: 'shop',
      version,
      environment: name,
      configuration: `${version}-${name}`,
    })),
  );
  return table;
}

/** What a component of a pair must be told with a request; undefined: what it is to be told can't be. */
function toldIn(
  { environment, workloads }: Pair,
  component: string,
): { told: string | undefined } | undefined {
  const template = workloads.get(component)?.definition.template ?? { env: {} };
  return requestVariableProblems(template, environment).length > 0
    ? undefined
    : { told: requestVariables(template, environment) };
}

/** Every hop below a component that a request of `pair` has reached, each component forwarding what it got as it declares. */
function* walk(
  table: RoutingTable,
  pair: Pair,
  component: string,
  received: Parameters<typeof decideHop>[3],
) {
  const open = [{ component, received }];
  const seen = new Set<string>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const state = JSON.stringify(at);
    const workload = pair.workloads.get(at.component);
    if (seen.has(state) || workload === undefined) continue;
    seen.add(state);
    const { template, forwardsContext } = workload.definition;
    const caller = {
      app: 'shop',
      component: at.component,
      workload: workloadKey(workload),
      calls: template.calls,
    };
    for (const callee of template.calls) {
      const hop = decideHop(table, caller, callee, forwardsContext ? at.received : { others: [] });
      yield { hop, callee };
      if (!isProblem(hop)) open.push({ component: callee, received: { ...hop.context, others: [] } });
    }
  }
}

describe('a request', () => {
  test('meets the workloads of its own version and environment, and each is told the values of these, all the way down', () => {
    let hops = 0;
    fc.assert(
      fc.property(anyScene, (scene) => {
        const table = tableOf(scene);
        for (const pair of pairsOf(scene)) {
          const entered = {
            deployment: `shop-${pair.version}`,
            environment: pair.environment.name,
            others: [],
          };
          for (const component of pair.workloads.keys()) {
            for (const { hop, callee } of walk(table, pair, component, entered)) {
              const own = pair.workloads.get(callee);
              const told = toldIn(pair, callee);
              const met = isProblem(hop) ? hop.problem : { workload: hop.workload, told: hop.told };
              const expected = { workload: own === undefined ? '' : workloadKey(own), told: told?.told };
              expect(met).toEqual(told === undefined ? 'variables-missing' : expected);
              hops++;
            }
          }
        }
      }),
      { numRuns: 150 },
    );
    expect(hops).toBeGreaterThan(300);
  });

  test('that lost its context where that was to be forwarded meets its own all the same, or nothing', () => {
    let met = 0;
    fc.assert(
      fc.property(anyScene, (scene) => {
        const table = tableOf(scene);
        for (const pair of pairsOf(scene)) {
          for (const component of pair.workloads.keys()) {
            const [first] = walk(table, pair, component, { others: [] });
            if (first === undefined || isProblem(first.hop)) continue;
            const own = pair.workloads.get(first.callee);
            expect([first.hop.workload, first.hop.told]).toEqual([
              own === undefined ? '' : workloadKey(own),
              toldIn(pair, first.callee)?.told,
            ]);
            met++;
          }
        }
      }),
      { numRuns: 150 },
    );
    expect(met).toBeGreaterThan(100);
  });

  test.each<[string, Environment['vars']]>([
    ['there is something new that is told values', { GREETING: 'hi' }],
    ['what is told values lacks one', {}],
  ])('through what two versions share goes on where, elsewhere in one of them, %s', (_, vars) => {
    const shared = { ui: { ...leaf, calls: ['api'] }, api: leaf };
    const GREETING = { type: 'string', required: true, bind: 'request' } as const;
    const scene: Scene = {
      sketches: [shared, { ...shared, greeter: { ...leaf, env: { GREETING } } }],
      live: [
        { name: 'dev', vars },
        { name: 'team-a', vars: {} },
      ],
      held: {},
    };
    const [pair] = pairsOf(scene);
    const [first] = pair === undefined ? [] : walk(tableOf(scene), pair, 'ui', { others: [] });
    expect(first?.hop).toMatchObject({ component: 'api', context: { shared: true } });
  });
});
