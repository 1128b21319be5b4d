// Forks: exactly the workloads that no other environment runs though it runs the same version, why, and what they cost.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VariableDeclaration } from '../../../../src/core/version/app.ts';
import {
  type Environment,
  resolveSecrets,
  resolveVariables,
} from '../../../../src/core/environments/environment.ts';
import type { Fork } from '../../../../src/core/plan/fork.ts';
import { workloadHashes } from '../../../../src/core/version/identity.ts';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { makePlan } from '../../../../src/core/plan/plan.ts';
import { type RunningVersion, wantedWorkloads } from '../../../../src/core/plan/wanted.ts';
import { manifestOf, type Sketch, type Sketches } from '../version/identity-fixture.ts';

const color: VariableDeclaration = { type: 'string', required: false, default: 'red' };
const greeting: VariableDeclaration = { type: 'string', required: false, default: 'hi', bind: 'request' };

/** A manifest whose components of `secretive` need the secret KEY. */
function manifestWith(
  version: string,
  sketches: Partial<Record<string, Partial<Sketch>>>,
  secretive: readonly string[] = [],
): VersionManifest {
  const all = Object.entries(sketches).map(
    ([name, sketch]) =>
      [name, { ...sketch, ...(secretive.includes(name) ? { secrets: ['KEY'] } : {}) }] as const,
  );
  return manifestOf(version, Object.fromEntries(all));
}

const names = ['a', 'b', 'c', 'd', 'e'];
const places = ['dev', 'team-a', 'team-b', 'prod'];

const anySketches: fc.Arbitrary<Sketches> = fc
  .tuple(
    ...names.map((name) =>
      fc.record({
        source: fc.constant('1'),
        calls: fc.subarray(names, { maxLength: 2 }),
        forwards: fc.boolean(),
        env: fc.constantFrom<Sketch['env']>({}, {}, {}, { COLOR: color }, { GREETING: greeting }),
        replicas: fc.integer({ min: 1, max: 3 }),
        name: fc.constant(name),
      }),
    ),
  )
  .map((all) => Object.fromEntries(all.map(({ name, ...sketch }) => [name, sketch])));

const anyEnvironments: fc.Arbitrary<Environment[]> = fc
  .tuple(
    ...places.map(() =>
      fc.record({
        vars: fc.constantFrom<Environment['vars']>(
          {},
          { COLOR: 'red' },
          { COLOR: 'blue' },
          { GREETING: 'hello' },
        ),
        secrets: fc.constantFrom<Record<string, string>>({ KEY: '1' }, { KEY: '2' }),
      }),
    ),
  )
  .map((all) => all.map((each, index) => ({ ...each, name: places[index] ?? '' })));

interface Situation {
  readonly manifest: VersionManifest;
  readonly environments: readonly [Environment, ...Environment[]];
  readonly versions: readonly RunningVersion[];
  readonly known: ReadonlyMap<string, Environment>;
}

/** A version that is to run in one environment and runs in others, beside two older ones in which other components differ. */
const anySituation: fc.Arbitrary<Situation> = fc
  .record({
    sketches: anySketches,
    environments: anyEnvironments,
    secretive: fc.subarray(names, { maxLength: 2 }),
    runsIn: fc.subarray(places, { minLength: 1 }),
    asked: fc.constantFrom(...places),
    older: fc.array(fc.record({ changed: fc.subarray(names), runsIn: fc.subarray(places) }), {
      maxLength: 2,
    }),
  })
  .map(({ sketches, environments, secretive, runsIn, asked, older }) => {
    const known = new Map(environments.map((each) => [each.name, each]));
    const [first, others] = [
      environments.find(({ name }) => name === asked),
      environments.filter(({ name }) => name !== asked && runsIn.includes(name)),
    ];
    if (first === undefined) throw new Error('an environment is always asked for');
    const versions = older.map(({ changed, runsIn: where }, index) => {
      const was = Object.entries(sketches).map(
        ([name, sketch]) => [name, changed.includes(name) ? { ...sketch, source: '0' } : sketch] as const,
      );
      return { manifest: manifestWith(`v${index}`, Object.fromEntries(was), secretive), runsIn: where };
    });
    return {
      manifest: manifestWith('v9', sketches, secretive),
      environments: [first, ...others],
      versions,
      known,
    };
  });

function forksOf(situation: Situation): Map<string, Fork> {
  const { components } = makePlan({ ...situation, running: new Map() });
  return new Map(components.flatMap(({ name, fork }) => (fork === undefined ? [] : [[name, fork] as const])));
}

const check = (property: (situation: Situation, forks: Map<string, Fork>) => void) =>
  fc.assert(
    fc.property(anySituation, (situation) => {
      property(situation, forksOf(situation));
    }),
    { numRuns: 120 },
  );

/** All pairs of a situation in other environments than the one that is asked for. */
function pairsElsewhere({ manifest, environments: [, ...further], versions, known, ...rest }: Situation) {
  const asked = { ...rest, manifest };
  const own = further.map((environment) => ({ manifest: asked.manifest, environment }));
  const others = versions.flatMap((version) =>
    version.runsIn.flatMap((name) => {
      const environment = known.get(name);
      return environment === undefined ? [] : [{ manifest: version.manifest, environment }];
    }),
  );
  return [...own, ...others];
}

function hashIn(manifest: VersionManifest, environment: Environment, name: string): string | undefined {
  return workloadHashes(manifest, environment).get(name);
}

describe('the forks of any plan', () => {
  test('are exactly the workloads of the version that its other environments lack, where it is the only version', () => {
    check((situation) => {
      const alone = { ...situation, versions: [] };
      const [here, ...further] = alone.environments;
      const elsewhere = further.map((each) => workloadHashes(alone.manifest, each));
      const expected = [...workloadHashes(alone.manifest, here)].flatMap(([name, hash]) =>
        elsewhere.length > 0 && elsewhere.every((hashes) => hashes.get(name) !== hash) ? [name] : [],
      );
      expect([...forksOf(alone).keys()]).toEqual(expected);
    });
  });

  test('are those that no other environment runs, and that one would run if it had the values of this one', () => {
    check((situation, forks) => {
      const { manifest, versions, environments } = situation;
      const [here] = environments;
      const pairs = pairsElsewhere(situation).filter(({ environment }) => environment.name !== here.name);
      const neighbours = versions.filter(({ runsIn }) => runsIn.includes(here.name));
      for (const [name, hash] of workloadHashes(manifest, here)) {
        const isElsewhere = pairs.some((each) => hashIn(each.manifest, each.environment, name) === hash);
        // That another version has made it here already is no cost of this one.
        const isHere = neighbours.some((each) => hashIn(each.manifest, here, name) === hash);
        const wouldBe = pairs.some(
          (each) => (each.manifest === manifest || !isHere) && hashIn(each.manifest, here, name) === hash,
        );
        expect([name, forks.has(name)]).toEqual([name, !isElsewhere && wouldBe]);
      }
    });
  });

  test('cost the pods of their components', () => {
    check(({ manifest }, forks) => {
      for (const [name, { pods }] of forks) expect(pods).toBe(manifest.components[name]?.replicas);
    });
  });

  test('name exactly the variables and secrets whose values differ', () => {
    check(({ manifest, known, environments: [here] }, forks) => {
      for (const [name, { because, names: differing, instead }] of forks) {
        const template = manifest.components[name]?.template;
        const there = known.get(instead.environment);
        if (template === undefined || there === undefined)
          throw new Error('a fork is from something that is there');
        const valuesIn = (each: Environment): Record<string, unknown> => ({
          ...resolveVariables(template, each, 'process').values,
          ...resolveSecrets(template, each),
        });
        const expected = ['COLOR', 'KEY'].filter((each) => valuesIn(here)[each] !== valuesIn(there)[each]);
        expect([because === 'own', because === 'own' ? differing : []]).toEqual([
          expected.length > 0,
          expected,
        ]);
      }
    });
  });

  test('of a component that forwards the context are its own; others name what it calls, by whatever way', () => {
    check(({ manifest }, forks) => {
      for (const [name, { because, names: named }] of forks) {
        if (because === 'own') continue;
        const { template, forwardsContext } = manifest.components[name] ?? {};
        expect([name, forwardsContext, named.length > 0]).toEqual([name, false, true]);
        const could = named.filter((each) =>
          because === 'callee'
            ? template?.calls.includes(each)
            : manifest.components[each]?.template.env['GREETING'] !== undefined,
        );
        expect([name, because, could]).toEqual([name, because, named]);
      }
    });
  });

  test('would be spared by forwardsContext unless they are their own', () => {
    check((situation, forks) => {
      for (const [name, { because, instead }] of forks) {
        const there = situation.known.get(instead.environment);
        const base = [situation.manifest, ...situation.versions.map(({ manifest }) => manifest)].find(
          ({ version }) => version === instead.version,
        );
        const component = base?.components[name];
        if (base === undefined || component === undefined || there === undefined)
          throw new Error('a fork is from something that is there');
        const forwarding = {
          ...base,
          components: { ...base.components, [name]: { ...component, forwardsContext: true } },
        };
        const [here] = situation.environments;
        const isSpared =
          workloadHashes(forwarding, here).get(name) === workloadHashes(forwarding, there).get(name);
        expect([name, because, isSpared]).toEqual([name, because, because !== 'own']);
      }
    });
  });
});

/** Forks of v1 in team, where it runs in dev. */
function forksInTeam(
  sketches: Record<string, Partial<Sketch>>,
  team: Partial<Environment> = {},
  secretive: readonly string[] = [],
) {
  const dev: Environment = { name: 'dev', vars: {}, secrets: { KEY: '1' } };
  const asked: Environment = { name: 'team', vars: {}, secrets: { KEY: '1' }, ...team };
  const known = new Map([dev, asked].map((each) => [each.name, each]));
  const manifest = manifestWith('v1', sketches, secretive);
  const running = new Map(
    [...wantedWorkloads([{ manifest, runsIn: ['dev'] }], known).keys()].map((key) => [key, 1]),
  );
  const { components } = makePlan({
    manifest,
    environments: [asked, dev],
    versions: [],
    replaces: { manifest, runsIn: ['dev'] },
    known,
    running,
  });
  return Object.fromEntries(components.map(({ name, reason, fork }) => [name, { reason, fork }]));
}

describe('the reason of a fork', () => {
  const instead = { version: 'v1', environment: 'dev' };
  const shared = { reason: 'runs already', fork: undefined };

  test('is the variable or the secret that differs, never its value', () => {
    const forks = forksInTeam(
      { ui: { env: { COLOR: color } }, api: {} },
      { vars: { COLOR: 'blue' }, secrets: { KEY: '2' } },
      ['ui'],
    );
    expect(forks).toEqual({
      ui: {
        reason: 'apart from dev: COLOR, KEY have other values',
        fork: { because: 'own', names: ['COLOR', 'KEY'], instead, pods: 1 },
      },
      api: shared,
    });
  });

  test('is what it calls, where it forwards no context', () => {
    const sketches = {
      web: { calls: ['ui'], replicas: 2 },
      proxy: { calls: ['ui'], forwards: true },
      ui: { env: { COLOR: color } },
    };
    expect(forksInTeam(sketches, { vars: { COLOR: 'blue' } })).toMatchObject({
      web: {
        reason: 'apart from dev: calls ui, which runs apart, and forwards no context',
        fork: { because: 'callee', names: ['ui'], pods: 2 },
      },
      proxy: shared,
      ui: { fork: { because: 'own' } },
    });
  });

  test('is what has variables per request below it, be the values equal or not', () => {
    const sketches = {
      web: { calls: ['api'] },
      api: { calls: ['greeter'] },
      greeter: { env: { GREETING: greeting } },
    };
    const because = 'greeter, which it calls, has variables per request, and it forwards no context';
    expect(forksInTeam(sketches)).toMatchObject({
      web: { reason: `apart from dev: ${because}`, fork: { because: 'environment', names: ['greeter'] } },
      api: { reason: `apart from dev: ${because}`, fork: { because: 'environment', names: ['greeter'] } },
      greeter: shared,
    });
  });
});

test('a new version is compared with what other environments run: only what is the same in it is a fork', () => {
  const dev: Environment = { name: 'dev', vars: {} };
  const team: Environment = { name: 'team', vars: { COLOR: 'blue' } };
  const known = new Map([dev, team].map((each) => [each.name, each]));
  const v1 = manifestOf('v1', { ui: { env: { COLOR: color } }, api: {}, old: { env: { COLOR: color } } });
  const v2 = manifestOf('v2', {
    ui: { env: { COLOR: color } },
    api: {},
    old: { env: { COLOR: color }, source: '2' },
  });
  const versions = [{ manifest: v1, runsIn: ['dev'] }];
  const running = new Map([...wantedWorkloads(versions, known).keys()].map((key) => [key, 1]));
  const { components } = makePlan({ manifest: v2, environments: [team], versions, known, running });
  expect(components.map(({ name, reason, fork }) => [name, reason, fork?.because])).toEqual([
    ['ui', 'apart from v1 in dev: COLOR has another value', 'own'],
    ['api', 'unchanged: the same pods serve v1', undefined],
    ['old', 'its files changed since v1', undefined],
  ]);
});

test('what runs already, and runs apart, says both', () => {
  const dev: Environment = { name: 'dev', vars: {} };
  const team: Environment = { name: 'team', vars: { COLOR: 'blue' } };
  const known = new Map([dev, team].map((each) => [each.name, each]));
  const manifest = manifestOf('v1', { ui: { env: { COLOR: color } } });
  const replaces = { manifest, runsIn: ['dev', 'team'] };
  const running = new Map([...wantedWorkloads([replaces], known).keys()].map((key) => [key, 1]));
  const { components } = makePlan({
    manifest,
    environments: [team, dev],
    versions: [],
    replaces,
    known,
    running,
  });
  expect(components[0]?.reason).toBe('runs already; apart from dev: COLOR has another value');
});

test('what another version runs in the same environment already is nothing that this one adds', () => {
  const dev: Environment = { name: 'dev', vars: {} };
  const team: Environment = { name: 'team', vars: { COLOR: 'blue' } };
  const known = new Map([dev, team].map((each) => [each.name, each]));
  const ui = { env: { COLOR: color } };
  const versions = [{ manifest: manifestOf('v1', { ui }), runsIn: ['dev', 'team'] }];
  const running = new Map([...wantedWorkloads(versions, known).keys()].map((key) => [key, 1]));
  const plan = (environment: Environment) =>
    makePlan({ manifest: manifestOf('v2', { ui }), environments: [environment], versions, known, running });
  for (const environment of [team, dev])
    expect(plan(environment).components).toMatchObject([{ reason: 'unchanged: the same pods serve v1' }]);
  expect(plan(dev).components[0]).not.toHaveProperty('fork');
});
