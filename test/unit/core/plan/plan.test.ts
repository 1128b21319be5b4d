// Plans: exactly what is missing, a reason for everything, and nothing left to do once they are carried out.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { makePlan, type Plan, type PlanInput } from '../../../../src/core/plan/plan.ts';
import { type RunningVersion, versionsOf, wantedWorkloads } from '../../../../src/core/plan/wanted.ts';
import { workloadKey, workloadsOf } from '../../../../src/core/version/workload.ts';
import { anySketches, manifestOf, type Sketch } from '../version/identity-fixture.ts';

/** A cluster with some versions, of whose workloads some run, and a further version to deploy. */
interface Situation {
  readonly input: PlanInput;
  readonly running: ReadonlyMap<string, number>;
}

const environmentNames = ['dev', 'team', 'prod'];

const anyEnvironments: fc.Arbitrary<Environment[]> = fc
  .tuple(...environmentNames.map(() => fc.constantFrom<Environment['vars']>({}, { COLOR: 'blue' })))
  .map((all) => all.map((vars, index) => ({ name: environmentNames[index] ?? '', vars })));

const anyHistory: fc.Arbitrary<VersionManifest[]> = anySketches.chain((base) =>
  fc
    .array(
      fc.dictionary(
        fc.constantFrom(...Object.keys(base)),
        fc.record(
          { source: fc.constantFrom('1', '2'), replicas: fc.integer({ min: 1, max: 3 }) },
          { requiredKeys: [] },
        ),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((changes) =>
      changes.map((change, index) => {
        const sketches = Object.entries(base).map(
          ([name, sketch]) => [name, { ...sketch, ...change[name] }] as const,
        );
        return manifestOf(`v${index}`, Object.fromEntries(sketches));
      }),
    ),
);

const anySituation: fc.Arbitrary<Situation> = fc
  .tuple(
    anyHistory,
    anyEnvironments,
    fc.array(fc.subarray(environmentNames), { minLength: 4, maxLength: 4 }),
    fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 40, maxLength: 40 }),
    fc.subarray(environmentNames, { minLength: 1 }),
    fc.boolean(),
  )
  .map(([history, environments, places, counts, asked, built]) => {
    const known = new Map(environments.map((each) => [each.name, each]));
    const versions: RunningVersion[] = history
      .slice(0, -1)
      .map((manifest, index) => ({ manifest, runsIn: places[index] ?? [] }));
    // A count of -1 stands for a workload that somebody has deleted.
    const running = new Map(
      [...wantedWorkloads(versions, known).keys()].flatMap((key, index) =>
        (counts[index] ?? 1) < 0 ? [] : [[key, counts[index] ?? 1] as const],
      ),
    );
    const last = history.at(-1) ?? manifestOf('v9', {});
    const components = Object.entries(last.components).map(
      ([name, component]) => [name, { ...component, image: built ? component.image : '' }] as const,
    );
    const [first = environments[0], ...others] = environments.filter(({ name }) => asked.includes(name));
    if (first === undefined) throw new Error('an environment is always asked for');
    return {
      running,
      input: {
        manifest: { ...last, components: Object.fromEntries(components) },
        environments: [first, ...others],
        versions,
        known,
        running,
      },
    };
  });

/** Keys of the workloads that a version needs, by environment. */
function needed(manifest: VersionManifest, environments: readonly Environment[]): Set<string> {
  return new Set(
    environments.flatMap((environment) => [...workloadsOf(manifest, environment).values()].map(workloadKey)),
  );
}

/** Replicas after a plan was carried out. */
function carriedOut(running: ReadonlyMap<string, number>, plan: Plan): Map<string, number> {
  const after = new Map(running);
  for (const workload of plan.create) after.set(workloadKey(workload), workload.definition.replicas);
  for (const { workload, replicas } of [...plan.scale, ...plan.fewer])
    after.set(workloadKey(workload), replicas);
  return after;
}

const pods = (running: ReadonlyMap<string, number>) =>
  [...running.values()].reduce((sum, each) => sum + each, 0);

const check = (property: (situation: Situation) => void) =>
  fc.assert(
    fc.property(anySituation, (situation) => {
      property(situation);
    }),
    { numRuns: 200 },
  );

describe('any plan', () => {
  test('creates exactly what is needed and does not run, and keeps what does', () => {
    check(({ input, running }) => {
      const plan = makePlan(input);
      const keys = needed(input.manifest, input.environments);
      expect(new Set(plan.create.map(workloadKey))).toEqual(
        new Set([...keys].filter((key) => !running.has(key))),
      );
      expect(new Set(plan.keep.map(workloadKey))).toEqual(
        new Set([...keys].filter((key) => running.has(key))),
      );
      expect(plan.create.length + plan.keep.length).toBe(keys.size);
    });
  });

  test('counts pods', () => {
    check(({ input, running }) => {
      const plan = makePlan(input);
      expect(plan.pods).toEqual({ before: pods(running), after: pods(carriedOut(running, plan)) });
    });
  });

  test('gives every workload the pods that its version wants, and leaves others the most that anybody wants', () => {
    check(({ input, running }) => {
      const after = carriedOut(running, makePlan(input));
      for (const environment of input.environments) {
        for (const workload of workloadsOf(input.manifest, environment).values())
          expect(after.get(workloadKey(workload))).toBeGreaterThanOrEqual(workload.definition.replicas);
      }
      const others = wantedWorkloads(input.versions, input.known);
      for (const [key, replicas] of running)
        expect(after.get(key)).toBeGreaterThanOrEqual(Math.min(replicas, others.get(key)?.replicas ?? 0));
    });
  });

  test('leaves nothing to do for a second one', () => {
    check(({ input, running }) => {
      const second = makePlan({ ...input, running: carriedOut(running, makePlan(input)) });
      expect(second).toMatchObject({
        create: [],
        scale: [],
        fewer: [],
        build: [],
        pods: { before: second.pods.after },
      });
      expect(new Set(second.components.map(({ action }) => action))).toEqual(new Set(['none']));
    });
  });

  test('says of every component what happens and why', () => {
    check(({ input, running }) => {
      const plan = makePlan(input);
      expect(plan.components.map(({ name }) => name)).toEqual(Object.keys(input.manifest.components));
      for (const { name, action, reason, image } of plan.components) {
        const missing = plan.create.some(({ component }) => component === name);
        expect([name, reason]).toEqual([name, expect.stringMatching(/\w{3}/)]);
        expect([name, action]).toEqual([name, !missing ? 'none' : image === undefined ? 'build' : 'reuse']);
        expect(plan.build.includes(name)).toBe(action === 'build');
        // What runs is never said to be new or changed, and what doesn't run never to be there.
        const here = running.has(
          workloadKey(
            workloadsOf(input.manifest, input.environments[0]).get(name) ?? {
              app: '',
              component: '',
              hash: '',
            },
          ),
        );
        expect([reason, /^(runs already|unchanged: )/.test(reason)]).toEqual([reason, here]);
      }
    });
  });

  test('names the versions that the same pods serve', () => {
    check(({ input }) => {
      for (const { name, sharedWith } of makePlan(input).components) {
        const own = workloadsOf(input.manifest, input.environments[0]).get(name);
        const expected = input.versions.filter(({ manifest, runsIn }) =>
          runsIn.some((environment) => {
            const where = input.known.get(environment);
            return where !== undefined && workloadsOf(manifest, where).get(name)?.hash === own?.hash;
          }),
        );
        expect(sharedWith).toEqual(expected.map(({ manifest }) => manifest.version));
      }
    });
  });

  test('depends on nothing else', () => {
    check(({ input }) => {
      expect(makePlan(structuredClone(input))).toEqual(makePlan(input));
    });
  });
});

const dev: Environment = { name: 'dev', vars: {} };
const known = new Map([['dev', dev]]);

/** Reasons of a plan for `after`, when `before` runs in dev. */
function reasons(
  before: Record<string, Partial<Sketch>>,
  after: Record<string, Partial<Sketch>>,
  runsIn: string[] = ['dev'],
): Record<string, string> {
  const versions: RunningVersion[] = [{ manifest: manifestOf('v1', before), runsIn }];
  const running = new Map([...wantedWorkloads(versions, known).keys()].map((key) => [key, 1]));
  const { components } = makePlan({
    manifest: manifestOf('v2', after),
    environments: [dev],
    versions,
    known,
    running,
  });
  return Object.fromEntries(components.map(({ name, reason }) => [name, reason]));
}

describe('reasons', () => {
  const color = { COLOR: { type: 'string', required: false, default: 'red' } } as const;
  const perRequest = { type: 'string', required: false, bind: 'request' } as const;

  test.each<
    [string, Record<string, Partial<Sketch>>, Record<string, Partial<Sketch>>, Record<string, string>]
  >([
    ['unchanged', { web: {} }, { web: {} }, { web: 'unchanged: the same pods serve v1' }],
    [
      'new',
      { web: {} },
      { web: {}, api: {} },
      { web: 'unchanged: the same pods serve v1', api: 'new component' },
    ],
    ['its files', { web: {} }, { web: { source: '2' } }, { web: 'its files changed since v1' }],
    [
      'its calls',
      { web: {}, api: {} },
      { web: { calls: ['api'] }, api: {} },
      { web: 'calls changed since v1', api: 'unchanged: the same pods serve v1' },
    ],
    ['its variables', { web: {} }, { web: { env: color } }, { web: 'env changed since v1' }],
    [
      'the value of a variable',
      { web: { env: color } },
      { web: { env: { COLOR: { ...color.COLOR, default: 'blue' } } } },
      { web: 'COLOR has another value than in v1' },
    ],
    [
      'what it calls',
      { web: { calls: ['api'] }, api: { calls: ['db'] }, db: {} },
      { web: { calls: ['api'] }, api: { calls: ['db'] }, db: { source: '2' } },
      {
        web: 'calls api, changed since v1, and forwards no context: runs once per version',
        api: 'calls db, changed since v1, and forwards no context: runs once per version',
        db: 'its files changed since v1',
      },
    ],
    [
      'the default of what it calls, which that has with each request',
      { web: { calls: ['api'] }, api: { env: { HI: { ...perRequest, default: 'Hi' } } } },
      { web: { calls: ['api'] }, api: { env: { HI: { ...perRequest, default: 'Ho' } } } },
      {
        web: 'api, called by it, may be told other values per request than in v1, and it forwards no context',
        api: 'unchanged: the same pods serve v1',
      },
    ],
    [
      'what it calls, but it forwards the context',
      { web: { calls: ['api'], forwards: true }, api: {} },
      { web: { calls: ['api'], forwards: true }, api: { source: '2' } },
      { web: 'unchanged: the same pods serve v1', api: 'its files changed since v1' },
    ],
    [
      'that it forwards the context now',
      { web: { calls: ['api'] }, api: {} },
      { web: { calls: ['api'], forwards: true }, api: {} },
      { web: 'declares forwardsContext, unlike in v1', api: 'unchanged: the same pods serve v1' },
    ],
    [
      'that it no longer forwards the context',
      { web: { calls: ['api'], forwards: true }, api: {} },
      { web: { calls: ['api'] }, api: {} },
      { web: 'no longer declares forwardsContext, unlike in v1', api: 'unchanged: the same pods serve v1' },
    ],
    [
      'a circle',
      { web: { calls: ['api'] }, api: { calls: ['web'] } },
      { web: { calls: ['api'] }, api: { calls: ['web'], source: '2' } },
      {
        web: 'calls api, changed since v1, and forwards no context: runs once per version',
        api: 'its files changed since v1',
      },
    ],
  ])('%s', (_, before, after, expected) => {
    expect(reasons(before, after)).toEqual(expected);
  });

  test('several settings, but not those that enter no hash, and not the order of variables', () => {
    const a = { type: 'string', required: false } as const;
    const v1 = manifestOf('v1', { web: { env: { A: a, B: a } } });
    const v2 = manifestOf('v2', { web: { env: { B: { ...a, required: true, default: 'x' }, A: a } } });
    const web = v2.components['web'];
    if (web === undefined) throw new Error('no web');
    const changed = {
      ...v2,
      components: {
        web: {
          ...web,
          templateHash: 'other',
          template: { ...web.template, port: 1, command: ['x'], healthPath: '/ok' },
        },
      },
    };
    const versions = [{ manifest: v1, runsIn: ['dev'] }];
    const [component] = makePlan({
      manifest: changed,
      environments: [dev],
      versions,
      known,
      running: new Map(),
    }).components;
    expect(component?.reason).toBe('command, port, health changed since v1');
  });

  test('that its pods are gone, or that nobody runs the version that has it', () => {
    const versions = [{ manifest: manifestOf('v1', { web: {} }), runsIn: ['dev'] }];
    const input = {
      manifest: manifestOf('v2', { web: {} }),
      environments: [dev] as const,
      known,
      running: new Map<string, number>(),
    };
    expect(makePlan({ ...input, versions }).components).toMatchObject([
      { reason: 'unchanged since v1, but its pods are gone', sharedWith: ['v1'] },
    ]);
    expect(
      makePlan({ ...input, versions: [{ manifest: manifestOf('v1', { web: {} }), runsIn: [] }] }).components,
    ).toMatchObject([{ reason: 'unchanged since v1, which runs nowhere', sharedWith: [] }]);
    expect(
      reasons(
        { web: { calls: ['api'], forwards: true }, api: {} },
        { web: { calls: ['api'], forwards: true }, api: { source: '2' } },
        [],
      ),
    ).toMatchObject({ web: 'unchanged since v1, which runs nowhere' });
  });

  test('the latest version that has the component is the one compared with', () => {
    const versions = [
      { manifest: manifestOf('v1', { web: {}, api: {} }), runsIn: ['dev'] },
      { manifest: manifestOf('v2', { web: { source: '2' } }), runsIn: ['dev'] },
    ];
    const manifest = manifestOf('v3', { web: { source: '3' }, api: { source: '3' } });
    expect(
      makePlan({ manifest, environments: [dev], versions, known, running: new Map() }).components,
    ).toMatchObject([{ reason: 'its files changed since v2' }, { reason: 'its files changed since v1' }]);
  });

  test('it runs where it was asked for, but has other variables elsewhere', () => {
    const team: Environment = { name: 'team', vars: { COLOR: 'blue' } };
    const manifest = manifestOf('v1', { web: { env: color }, api: {} });
    const running = new Map([...needed(manifest, [dev])].map((key) => [key, 1]));
    const plan = makePlan({
      manifest,
      environments: [dev, team],
      versions: [],
      known: new Map([
        ['dev', dev],
        ['team', team],
      ]),
      running,
    });
    expect(plan.components).toMatchObject([
      {
        name: 'web',
        action: 'reuse',
        reason: 'runs already; team needs another workload of it',
      },
      { name: 'api', action: 'none', reason: 'runs already' },
    ]);
    expect(plan.create.map(({ component, env }) => [component, env])).toEqual([['web', { COLOR: 'blue' }]]);
  });
});

describe('a workload that scales by load', () => {
  const autoscale = { min: 2, max: 5, cpu: 80 };
  const plain = manifestOf('v1', { web: {} });
  const web = plain.components['web'];
  const manifest = {
    ...plain,
    components: web === undefined ? {} : { web: { ...web, replicas: 2, settings: { autoscale } } },
  };
  const planWith = (count: number): Plan => {
    const keys = [...workloadsOf(manifest, dev).values()].map(workloadKey);
    const running = new Map(keys.map((key) => [key, count]));
    return makePlan({ manifest, environments: [dev], versions: [], known, running });
  };

  test('is left to its autoscaler', () => {
    expect(planWith(1).scale).toEqual([]);
  });

  test('unless it was scaled to none, where autoscalers stand still', () => {
    const { scale, components, pods: sum } = planWith(0);
    expect(scale).toMatchObject([{ replicas: 2 }]);
    expect(components[0]?.reason).toBe('runs already, with 0 pods: is scaled to 2');
    expect(sum).toEqual({ before: 0, after: 2 });
  });
});

describe('wanted workloads', () => {
  test('are the union over versions and environments, with everybody who wants them and the most pods', () => {
    const team: Environment = { name: 'team', vars: {} };
    const versions = [
      { manifest: manifestOf('v1', { web: { replicas: 3 }, api: {} }), runsIn: ['dev', 'team'] },
      {
        manifest: manifestOf('v2', { web: { replicas: 2 }, api: { source: '2' } }),
        runsIn: ['dev', 'unknown'],
      },
    ];
    const wanted = [
      ...wantedWorkloads(
        versions,
        new Map([
          ['dev', dev],
          ['team', team],
        ]),
      ).values(),
    ];
    expect(
      wanted.map(({ workload, wants, replicas }) => [
        workload.component,
        workload.definition.tree,
        replicas,
        wants.map(({ version, environment }) => `${version} ${environment}`),
      ]),
    ).toEqual([
      ['web', '1', 3, ['v1 dev', 'v1 team', 'v2 dev']],
      ['api', '1', 1, ['v1 dev', 'v1 team']],
      ['api', '2', 1, ['v2 dev']],
    ]);
    expect(versionsOf(wanted[0]?.wants ?? [])).toEqual(['v1', 'v2']);
  });
});
