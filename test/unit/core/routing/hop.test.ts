// Hops: the three rules, and that versions never mix whatever the app looks like.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VariableDeclaration } from '../../../../src/core/version/app.ts';
import { readBaggage, type Baggage } from '../../../../src/core/routing/context.ts';
import { type Caller, decideHop } from '../../../../src/core/routing/hop.ts';
import { isProblem } from '../../../../src/core/routing/problem.ts';
import type { RoutingTable } from '../../../../src/core/routing/table/routing-table.ts';
import { type Workload, workloadKey, workloadsOf } from '../../../../src/core/version/workload.ts';
import { anyTable, manifestOf, tableOf, type TableSketch } from './routing-fixture.ts';

const dev = { name: 'dev', vars: {} };
const team = { name: 'team', vars: { COLOR: 'blue' } };
const none: Baggage = { others: [] };

/** The caller that a component is in a version and an environment. */
function callerIn(sketch: TableSketch, version: string, environment: string, component: string): Caller {
  const manifest = sketch.versions.find((each) => each.manifest.version === version)?.manifest;
  const where = sketch.environments.find(({ name }) => name === environment);
  if (manifest === undefined || where === undefined) throw new Error('no such pair');
  const workload = workloadsOf(manifest, where).get(component);
  if (workload === undefined) throw new Error('no such component');
  return {
    app: manifest.app,
    component,
    workload: workloadKey(workload),
    calls: workload.definition.template.calls,
  };
}

function baggageOf(deployment: string, environment: string): Baggage {
  return { deployment, environment, others: [] };
}

/** `ui` calls `api`; `api` differs between v1 and v2. */
function chain(forwards: boolean): TableSketch {
  return {
    environments: [dev, team],
    versions: [
      {
        manifest: manifestOf('v1', { ui: { calls: ['api'], forwards }, api: { source: '1' } }),
        runsIn: ['dev'],
      },
      {
        manifest: manifestOf('v2', { ui: { calls: ['api'], forwards }, api: { source: '2' } }),
        runsIn: ['dev'],
      },
    ],
  };
}

test('routes, however broad, are for requests from outside: a call reaches whom it names', () => {
  const broad = { rules: ['All()', 'PathPrefix(`/`) && Host(`api`)'] };
  const components = { ui: { calls: ['api'] }, api: {}, broad };
  const sketch = {
    environments: [dev],
    versions: [{ manifest: manifestOf('v1', components), runsIn: ['dev'] }],
    releases: { 'dev.shop': 'v1' },
  };
  const caller = callerIn(sketch, 'v1', 'dev', 'ui');
  for (const baggage of [none, baggageOf('shop-v1', 'dev')])
    expect(decideHop(tableOf(sketch), caller, 'api', baggage)).toMatchObject({
      component: 'api',
      workload: callerIn(sketch, 'v1', 'dev', 'api').workload,
    });
});

describe('with a context', () => {
  test("goes to the callee's workload there", () => {
    const sketch = chain(true);
    const caller = callerIn(sketch, 'v1', 'dev', 'ui');
    expect(decideHop(tableOf(sketch), caller, 'api', baggageOf('shop-v2', 'dev'))).toEqual({
      component: 'api',
      workload: callerIn(sketch, 'v2', 'dev', 'api').workload,
      context: { deployment: 'shop-v2', environment: 'dev' },
    });
  });

  test('is refused where the caller is not the one of that version', () => {
    const sketch = chain(false);
    const problem = decideHop(
      tableOf(sketch),
      callerIn(sketch, 'v1', 'dev', 'ui'),
      'api',
      baggageOf('shop-v2', 'dev'),
    );
    expect(problem).toMatchObject({ problem: 'context-mismatch', facts: { candidates: ['shop-v1 in dev'] } });
  });

  test.each([
    ['shop-v9', 'dev', /shop-v9 is not a version of shop/],
    ['v1', 'dev', /v1 is not a version of shop/],
    ['shop-v1', 'mars', /no virtual environment mars/],
  ])('is refused where %s in %s does not exist', (deployment, environment, detail) => {
    const sketch = chain(true);
    const problem = decideHop(
      tableOf(sketch),
      callerIn(sketch, 'v1', 'dev', 'ui'),
      'api',
      baggageOf(deployment, environment),
    );
    expect(problem).toMatchObject({ problem: 'context-mismatch', detail: expect.stringMatching(detail) });
  });

  test('half a context is refused', () => {
    const sketch = chain(true);
    const baggage = readBaggage(['kf-dep=shop-v1']);
    if (isProblem(baggage)) throw new Error('unexpected');
    expect(decideHop(tableOf(sketch), callerIn(sketch, 'v1', 'dev', 'ui'), 'api', baggage)).toMatchObject({
      problem: 'bad-context',
    });
  });
});

describe('without a context', () => {
  test('the only pair that has the caller stamps its context', () => {
    const sketch = chain(false);
    expect(decideHop(tableOf(sketch), callerIn(sketch, 'v1', 'dev', 'ui'), 'api', none)).toEqual({
      component: 'api',
      workload: callerIn(sketch, 'v1', 'dev', 'api').workload,
      context: { deployment: 'shop-v1', environment: 'dev' },
    });
  });

  test('pairs that agree lead there; one of them is stamped as shared if the caller forwards nothing, else none', () => {
    for (const forwards of [true, false]) {
      const { versions, environments } = chain(forwards);
      const sketch = {
        environments,
        versions: versions.slice(0, 1).map(({ manifest }) => ({ manifest, runsIn: ['team', 'dev'] })),
      };
      const hop = decideHop(tableOf(sketch), callerIn(sketch, 'v1', 'dev', 'ui'), 'api', none);
      const context = { deployment: 'shop-v1', environment: 'dev', shared: true };
      const { workload } = callerIn(sketch, 'v1', 'dev', 'api');
      expect(hop).toEqual({ component: 'api', workload, ...(forwards ? {} : { context }) });
    }
  });

  test('pairs that disagree are named, with who lost the context', () => {
    const sketch = chain(true);
    expect(decideHop(tableOf(sketch), callerIn(sketch, 'v1', 'dev', 'ui'), 'api', none)).toMatchObject({
      problem: 'context-lost',
      detail: expect.stringMatching(/^ui called api without/),
      facts: { caller: 'ui', candidates: ['shop-v1 in dev', 'shop-v2 in dev'] },
    });
  });

  test('a pair that nobody asked for is live once all that it needs has a pod', () => {
    const { versions, environments } = chain(true);
    const sketch = {
      environments,
      versions: versions.map(({ manifest }, index) => ({ manifest, runsIn: index === 0 ? ['dev'] : [] })),
    };
    const table = tableOf(sketch);
    const caller = callerIn(sketch, 'v1', 'dev', 'ui');
    expect(decideHop(table, caller, 'api', none)).toMatchObject({ context: { deployment: 'shop-v1' } });
    table.countPod(caller.workload, 1);
    table.countPod(callerIn(sketch, 'v2', 'dev', 'api').workload, 1);
    expect(decideHop(table, caller, 'api', none)).toMatchObject({ problem: 'context-lost' });
    table.countPod(caller.workload, -1);
    expect(decideHop(table, caller, 'api', none)).toMatchObject({ context: { deployment: 'shop-v1' } });
  });

  test('a caller that no live version has gets nowhere', () => {
    const sketch = chain(true);
    const caller = { ...callerIn(sketch, 'v1', 'dev', 'ui'), workload: 'shop/ui/0' };
    expect(decideHop(tableOf(sketch), caller, 'api', none)).toMatchObject({
      problem: 'context-lost',
      facts: { candidates: [] },
    });
  });

  test('the answer follows every change of the cluster', () => {
    const sketch = chain(true);
    const table = tableOf(sketch);
    const caller = callerIn(sketch, 'v1', 'dev', 'ui');
    expect(decideHop(table, caller, 'api', none)).toMatchObject({ problem: 'context-lost' });
    table.deleteVersion('shop', 'v2');
    expect(decideHop(table, caller, 'api', none)).toMatchObject({ context: { deployment: 'shop-v1' } });
    table.deleteEnvironment('dev');
    table.age();
    table.age();
    expect(decideHop(table, caller, 'api', none)).toMatchObject({ facts: { candidates: [] } });
  });

  test.each([true, false])('requests under way end where they began, forwarding: %s', (forwards) => {
    const components = {
      ui: { calls: ['api'], forwards, env: { COLOR: { type: 'string' as const, required: false } } },
      api: { env: { COLOR: { type: 'string' as const, required: false } } },
    };
    const environments = [{ name: 'dev', vars: { COLOR: 'red' } }];
    const sketch = { versions: [{ manifest: manifestOf('v1', components), runsIn: ['dev'] }], environments };
    const table = tableOf(sketch);
    const caller = callerIn(sketch, 'v1', 'dev', 'ui');
    const baggage = forwards ? baggageOf('shop-v1', 'dev') : none;
    const before = decideHop(table, caller, 'api', baggage);
    expect(before).not.toHaveProperty('problem');
    table.setEnvironment({ name: 'dev', vars: { COLOR: 'blue' } }, false);
    expect(decideHop(table, caller, 'api', baggage)).toEqual(before);
    const version = table.version('shop', 'v1');
    expect(version && table.workloads(version, 'dev')?.get('ui')).not.toBe(caller.workload);
    table.age();
    table.age();
    expect(decideHop(table, caller, 'api', baggage)).toHaveProperty('problem');
  });
});

/** What a hop tells the callee, or the hop where it tells nothing. */
function told(hop: ReturnType<typeof decideHop>): unknown {
  if (isProblem(hop) || hop.told === undefined) return hop;
  return JSON.parse(Buffer.from(hop.told, 'base64url').toString());
}

function greeting(value = 'Hello'): Record<string, VariableDeclaration> {
  return { GREETING: { type: 'string', required: false, bind: 'request', default: value } };
}

/** `ui` calls `api` calls `words`, which is told GREETING. */
function told3(forwards: { ui: boolean; api: boolean }, defaults: readonly string[] = ['Hello']) {
  const versions = defaults.map((each, index) => ({
    manifest: manifestOf(`v${index + 1}`, {
      ui: { calls: ['api'], forwards: forwards.ui },
      api: { calls: ['words'], forwards: forwards.api },
      words: { env: greeting(each) },
    }),
    runsIn: ['dev', 'team'],
  }));
  return {
    versions,
    environments: [
      { name: 'dev', vars: {} },
      { name: 'team', vars: { GREETING: 'Moin', OTHER: 'x' } },
    ],
  };
}

describe('what a callee is told with each request', () => {
  test('is of the context that the request has', () => {
    const sketch = told3({ ui: true, api: true });
    const table = tableOf(sketch);
    const caller = callerIn(sketch, 'v1', 'dev', 'api');
    for (const [environment, expected] of [
      ['dev', 'Hello'],
      ['team', 'Moin'],
    ] as const) {
      const hop = decideHop(table, caller, 'words', baggageOf('shop-v1', environment));
      expect(told(hop)).toEqual({ GREETING: expected });
    }
    const other = decideHop(table, callerIn(sketch, 'v1', 'dev', 'ui'), 'api', baggageOf('shop-v1', 'dev'));
    expect(other).not.toHaveProperty('told');
  });

  test('is never guessed where a component that forwards has lost the context', () => {
    const sketch = told3({ ui: true, api: true });
    const table = tableOf(sketch);
    for (const [caller, callee] of [
      ['api', 'words'],
      ['ui', 'api'],
    ] as const) {
      const hop = decideHop(table, callerIn(sketch, 'v1', 'dev', caller), callee, none);
      expect(hop).toMatchObject({ problem: 'context-lost', facts: { callee } });
    }
    // As soon as all are told the same, it doesn't matter whose request it is.
    table.setEnvironment({ name: 'team', vars: { GREETING: 'Hello' } }, false);
    expect(told(decideHop(table, callerIn(sketch, 'v1', 'dev', 'api'), 'words', none))).toEqual({
      GREETING: 'Hello',
    });
  });

  test('is known to a component that forwards nothing, as it runs once per environment', () => {
    const sketch = told3({ ui: false, api: false });
    const table = tableOf(sketch);
    const api = (environment: string) => callerIn(sketch, 'v1', environment, 'api');
    expect(api('dev').workload).not.toBe(api('team').workload);
    expect(told(decideHop(table, api('dev'), 'words', none))).toEqual({ GREETING: 'Hello' });
    expect(told(decideHop(table, api('team'), 'words', none))).toEqual({ GREETING: 'Moin' });
  });

  test.each([
    ['api', 'words', { ui: false, api: false }, { told: { GREETING: 'Hi' } }],
    ['api', 'words', { ui: true, api: false }, { told: { GREETING: 'Hi' } }],
    ['ui', 'api', { ui: false, api: true }, {}],
  ])('is never that of another version, be it by a default: %s → %s, %j', (from, to, forwards, expected) => {
    const sketch = told3(forwards, ['Hello', 'Hi']);
    const hop = decideHop(tableOf(sketch), callerIn(sketch, 'v2', 'dev', from), to, none);
    const decoded = isProblem(hop) || hop.told === undefined ? hop : { ...hop, told: told(hop) };
    expect(decoded).toMatchObject({
      context: { deployment: 'shop-v2', environment: 'dev' },
      ...expected,
    });
  });

  test('where a value is missing that must be there, the request is refused and says which', () => {
    const env = { GREETING: { type: 'string' as const, required: true, bind: 'request' as const } };
    const sketch = {
      versions: [{ manifest: manifestOf('v1', { ui: { calls: ['api'] }, api: { env } }), runsIn: ['dev'] }],
      environments: [dev],
    };
    const hop = decideHop(tableOf(sketch), callerIn(sketch, 'v1', 'dev', 'ui'), 'api', none);
    expect(hop).toMatchObject({
      problem: 'variables-missing',
      detail: expect.stringContaining('GREETING is required but has no value') as string,
    });
  });
});

test('a callee that is not declared is refused, with a context and without', () => {
  const sketch = chain(true);
  const caller = { ...callerIn(sketch, 'v1', 'dev', 'ui'), calls: ['other'] };
  for (const baggage of [none, baggageOf('shop-v1', 'dev')]) {
    expect(decideHop(tableOf(sketch), caller, 'api', baggage)).toMatchObject({ problem: 'not-in-calls' });
  }
});

/** Every (version, environment, component) of a sketch. */
function* everyone(sketch: TableSketch) {
  for (const { manifest } of sketch.versions) {
    for (const environment of sketch.environments) {
      for (const workload of workloadsOf(manifest, environment).values())
        yield { manifest, environment, workload };
    }
  }
}

function callerOf(workload: Workload): Caller {
  return {
    app: workload.app,
    component: workload.component,
    workload: workloadKey(workload),
    calls: workload.definition.template.calls,
  };
}

/** One hop of a walk: where it led, and where the request's own version is. */
interface Step {
  readonly hop: ReturnType<typeof decideHop>;
  readonly own: { readonly workload: string };
}

/** Everything below a component that has received `baggage`, each component forwarding as it declares. */
function* walk(
  table: RoutingTable,
  own: ReadonlyMap<string, Workload>,
  at: Workload,
  received: Baggage,
  seen = new Set<string>(),
): Generator<Step> {
  const state = `${at.component} ${String(received.deployment)} ${String(received.environment)}`;
  if (seen.has(state)) return;
  seen.add(state);
  for (const callee of at.definition.template.calls) {
    const hop = decideHop(table, callerOf(at), callee, at.definition.forwardsContext ? received : none);
    const target = own.get(callee);
    if (target === undefined) throw new Error(`no ${callee}`);
    yield { hop, own: { workload: workloadKey(target) } };
    if (!isProblem(hop)) yield* walk(table, own, target, { ...hop.context, others: [] }, seen);
  }
}

describe('whatever the app looks like', () => {
  test('a component that forwards nothing reaches one and the same workload in every pair that contains it', () => {
    fc.assert(
      fc.property(anyTable(), (sketch) => {
        const callees = new Map<string, string>();
        for (const { manifest, environment, workload } of everyone(sketch)) {
          if (workload.definition.forwardsContext) continue;
          const here = workloadsOf(manifest, environment);
          for (const callee of workload.definition.template.calls) {
            const target = here.get(callee);
            const hop = `${workloadKey(workload)} → ${callee}`;
            const reached = target === undefined ? '' : workloadKey(target);
            expect(callees.get(hop) ?? reached).toBe(reached);
            callees.set(hop, reached);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('with its context, a request only ever meets the workloads of its own version, on every hop', () => {
    fc.assert(
      fc.property(anyTable(), (sketch) => {
        const table = tableOf(sketch);
        for (const { manifest, environment, workload } of everyone(sketch)) {
          const caller = callerOf(workload);
          const here = workloadsOf(manifest, environment);
          for (const callee of caller.calls) {
            const target = here.get(callee);
            const hop = decideHop(
              table,
              caller,
              callee,
              baggageOf(`shop-${manifest.version}`, environment.name),
            );
            expect(hop).toMatchObject({ workload: target === undefined ? '' : workloadKey(target) });
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a request that enters with a context meets its own version all the way down, though components forward it only as they declare', () => {
    fc.assert(
      fc.property(anyTable(), (sketch) => {
        const table = tableOf(sketch);
        for (const { manifest, environment, workload } of everyone(sketch)) {
          const version = table.version(manifest.app, manifest.version);
          if (version === undefined || !table.isLive(version, environment.name)) continue;
          const entered = { deployment: version.deployment, environment: environment.name };
          const steps = walk(table, workloadsOf(manifest, environment), workload, { ...entered, others: [] });
          for (const { hop, own } of steps) expect(hop).toMatchObject(own);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('without a context, a caller reaches the workload of its own version, or a refusal if it declares to forward', () => {
    fc.assert(
      fc.property(anyTable(), (sketch) => {
        const table = tableOf(sketch);
        for (const { manifest, environment, workload } of everyone(sketch)) {
          const version = table.version(manifest.app, manifest.version);
          if (version === undefined || !table.isLive(version, environment.name)) continue;
          for (const callee of workload.definition.template.calls) {
            const hop = decideHop(table, callerOf(workload), callee, none);
            const target = workloadsOf(manifest, environment).get(callee);
            const expected = { workload: target === undefined ? '' : workloadKey(target) };
            const refused = { problem: 'context-lost' };
            expect(hop).toMatchObject(
              isProblem(hop) && workload.definition.forwardsContext ? refused : expected,
            );
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
