// Deployments by what environments say: what is held on to counts, what can't be used is refused, what is released is guarded.
import { describe, expect, test } from 'vitest';
import { planDeployment } from '../../../../src/actions/deploy/deployment-plan.ts';
import { warnBroken } from '../../../../src/actions/deploy/deployment-refusals.ts';
import { problemsIn, warnUnused } from '../../../../src/actions/environments/known/environment-problems.ts';
import { configurationFor } from '../../../../src/core/environments/configuration.ts';
import type { FoxEvent } from '../../../../src/core/events.ts';
import { manifestDigest, type VersionManifest } from '../../../../src/core/version/manifest.ts';
import { workloadsOf } from '../../../../src/core/version/workload.ts';
import { type ImageStore, layoutRunName } from '../../../../src/images/image-store.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';
import { namespaceOf, recordOf, type Sketch } from '../namespace-fixture.ts';

const theme = { THEME: { type: 'string', required: true } } as const;
const v1 = manifestOf('v1', { web: { env: theme }, api: {} });
const main = { ...manifestOf('main', { web: { env: theme } }), mutable: true };
const mainNow = { ...manifestOf('main', { web: { env: theme, source: '2' } }), mutable: true };
const prod = { name: 'prod', policy: 'stable', vars: { THEME: 'dark' } } as const;
const dev = { name: 'dev', vars: { THEME: 'light' } };

/** No image is missing. */
const images: ImageStore = {
  find: (references) => Promise.resolve(new Map(references.map((each) => [each.sourceHash, 'sha256:x']))),
  put: () => Promise.reject(new Error('a plan builds nothing')),
  putPrebuilt: () => Promise.reject(new Error('a plan resolves nothing')),
  runName: layoutRunName,
};

async function plan(manifest: VersionManifest, environment: string, sketch: Sketch) {
  return planDeployment(manifest, environment, namespaceOf(sketch), images);
}

function hashesIn(
  manifest: VersionManifest,
  environment: { name: string; vars: { THEME: string } },
): string[] {
  return [...workloadsOf(manifest, environment).values()].map(({ hash }) => hash);
}

/** Warnings of environments in which versions can't be made to run. */
function warningsOf(sketch: Sketch): string[] {
  const state = namespaceOf(sketch);
  const events: FoxEvent[] = [];
  for (const version of state.versions)
    warnBroken(version, state, { emit: (event) => void events.push(event) });
  return events.flatMap((event) => (event.type === 'warning' ? [event.text] : []));
}

describe('a version that is released with what it holds on to', () => {
  const held = configurationFor(v1, { name: 'prod', vars: { THEME: 'old' } });
  const sketch: Sketch = {
    versions: [{ manifest: v1, runsIn: ['prod'] }],
    environments: [prod, dev],
    configurations: [{ app: 'shop', revision: 1, environment: held }],
    releases: {
      prod: {
        shop: recordOf('v1', { manifestDigest: manifestDigest(v1), config: 'shop-config-prod-1' }),
      },
    },
  };

  test('is deployed there anew as it is released', async () => {
    const { plan: made, environments } = await plan(v1, 'prod', sketch);
    expect(environments).toEqual([held]);
    expect(made.create.map(({ env }) => env)).toEqual([{ THEME: 'old' }, {}]);
  });

  test('keeps that while it is deployed elsewhere, and others get what the environment says', async () => {
    const { plan: made } = await plan(v1, 'dev', sketch);
    const wanted = new Set(
      [...hashesIn(v1, dev), ...workloadsOf(v1, held).values()].map((each) =>
        typeof each === 'string' ? each : each.hash,
      ),
    );
    expect(new Set(made.create.map(({ hash }) => hash))).toEqual(wanted);
    const other = await plan(manifestOf('v2', { web: { env: theme } }), 'prod', sketch);
    expect(other.plan.create.map(({ env }) => env)).toEqual([{ THEME: 'dark' }]);
  });

  test('is deployed although its environment can not be used now', async () => {
    const broken = { ...sketch, environments: [{ name: 'prod', parent: 'gone' }] };
    expect((await plan(v1, 'prod', broken)).environments).toEqual([held]);
    await expect(plan(manifestOf('v2', { web: {} }), 'prod', broken)).rejects.toMatchObject({
      code: 'REFUSED',
      message: "virtual environment prod can't be used: its parent gone doesn't exist",
    });
  });

  test('is not deployed there with what the environment says where that is gone, and is told of elsewhere', async () => {
    const lost = { ...sketch, configurations: [] };
    await expect(plan(v1, 'prod', lost)).rejects.toMatchObject({
      code: 'REFUSED',
      message: 'the configuration that v1 of shop was released with in prod is gone',
      hints: [expect.stringContaining('`fox release v1 -e prod`') as string, 'Nothing was changed.'],
    });
    expect((await plan(v1, 'dev', lost)).environments).toMatchObject([{ name: 'dev' }]);
    expect(warningsOf(lost)).toEqual([
      "v1 isn't made to run in prod: the configuration that it was released with there is gone. `fox release v1 -e prod` takes one anew, of what prod says now.",
    ]);
  });
});

/** A branch that is released where this policy is. */
/** The same with these routes, all of its first component. */
function routed(manifest: VersionManifest, ...rules: string[]): VersionManifest {
  const [[name, component] = ['', undefined]] = Object.entries(manifest.components);
  if (component === undefined) throw new TypeError('no component');
  const routes = rules.map((rule) => ({ rule }));
  return { ...manifest, components: { ...manifest.components, [name]: { ...component, routes } } };
}

function released(policy: 'stable' | 'testing'): Sketch {
  return {
    versions: [{ manifest: main, runsIn: ['prod'] }],
    environments: [{ ...prod, policy }, dev],
    releases: { prod: { shop: recordOf('main', { manifestDigest: manifestDigest(main) }) } },
  };
}

describe('a version that can change and is released', () => {
  test('is not changed where only named versions may be released, wherever it is deployed to', async () => {
    for (const environment of ['prod', 'dev'])
      await expect(plan(mainNow, environment, released('stable'))).rejects.toMatchObject({
        code: 'REFUSED',
        message: expect.stringContaining(
          'shop main is released in prod, and the policy of prod is stable',
        ) as string,
        hints: [
          expect.stringContaining('`fox release <version> -e prod`') as string,
          expect.stringContaining('--policy testing') as string,
        ],
      });
    await expect(plan(main, 'prod', released('stable'))).resolves.toMatchObject({ isStored: true });
    await expect(plan(mainNow, 'prod', released('testing'))).resolves.toMatchObject({ isStored: false });
  });

  test('is not given routes that tie with those of another app that is released there', async () => {
    const pay = { ...routed(manifestOf('v1', { pay: {} }), 'Path(`/{id}`)'), app: 'pay' };
    const sketch = released('testing');
    const both: Sketch = {
      ...sketch,
      versions: [...(sketch.versions ?? []), { manifest: pay, runsIn: ['prod'] }],
      releases: { prod: { ...sketch.releases?.['prod'], pay: recordOf('v1') } },
    };
    const tying = routed(mainNow, 'Path(`/{:[a-z]+}`)', 'Path(`/{name}`)');
    await expect(plan(tying, 'prod', both)).rejects.toMatchObject({
      code: 'REFUSED',
      details: [
        'shop/web routes.1 Path(`/{name}`) and pay/pay routes.0 Path(`/{id}`) both match GET /x, and only a priority could decide between them in virtual environment prod',
      ],
    });
    await expect(plan({ ...tying, version: 'other' }, 'prod', both)).resolves.toBeDefined();
    await expect(plan(routed(mainNow, 'Path(`/x`)'), 'prod', both)).resolves.toBeDefined();
  });

  test('is not changed where nobody can tell what it needs', async () => {
    const broken = { ...released('testing'), environments: [{ name: 'prod', parent: 'gone' }, dev] };
    await expect(plan(mainNow, 'dev', broken)).rejects.toThrowError("virtual environment prod can't be used");
  });
});

test('an environment that can not be used, and in which it only runs, is told of', () => {
  const sketch = {
    versions: [{ manifest: main, runsIn: ['prod', 'dev'] }],
    environments: [{ name: 'prod', parent: 'gone' }, dev],
  };
  expect(warningsOf(sketch)).toEqual([
    "main isn't made to run in prod, which can't be used: its parent gone doesn't exist. `fox env set -e gone --create` makes gone again, empty.",
  ]);
});

describe('problems', () => {
  const manifest = manifestOf('v1', {
    web: {
      env: { ...theme, PAGE: { type: 'number', required: true } },
      secrets: ['TOKEN', 'KEY'],
    },
  });

  test('come with the commands that mend them, also where the environment is to be made first', () => {
    const environment = { name: 'dev', vars: { PAGE: 'x' } };
    expect(problemsIn(manifest, [environment], namespaceOf({ environments: [dev] })).hints).toEqual([
      '`fox env set -e dev THEME=…` sets it; or give it a default in fox.config.yaml.',
      '`fox env set -e dev PAGE=…` gives it a value that fits.',
      '`fox env set -e dev --secret TOKEN` asks for its value.',
      '`fox env set -e dev --secret KEY` asks for its value.',
    ]);
    const [first] = problemsIn(manifest, [environment], namespaceOf({})).hints;
    expect(first).toContain('`fox env set -e dev --create THEME=…');
  });

  test('of what is there and does not fit name no default, and of too much for a header how to shorten it', () => {
    const secret = { name: 'dev', vars: { PAGE: 1 }, secrets: { THEME: 'f', TOKEN: 'f', KEY: 'f' } };
    const known = namespaceOf({ environments: [dev] });
    expect(problemsIn(manifest, [secret], known).hints).toEqual([
      '`fox env set -e dev THEME=…` gives it a value that fits.',
    ]);
    const greeter = manifestOf('v1', {
      web: { env: { TEXT: { type: 'string', required: true, bind: 'request' } } },
    });
    const large = { name: 'dev', vars: { TEXT: 'x'.repeat(5_000) } };
    const { lines, hints } = problemsIn(greeter, [large], known);
    expect(lines).toEqual([expect.stringContaining('about 3 KiB of values; the largest is TEXT in virtual')]);
    expect(hints).toEqual([
      'Shorten what is sent with each request, or declare large values without `bind: request`.',
    ]);
  });

  test('in several environments are told of each', () => {
    const environments = [dev, { name: 'team', vars: {} }].map((each) => ({
      ...each,
      secrets: { TOKEN: 'f', KEY: 'f' },
    }));
    expect(problemsIn(manifest, environments, namespaceOf({})).lines).toEqual([
      'components.web.env.PAGE is required but has no value in virtual environment dev',
      'components.web.env.THEME is required but has no value in virtual environment team',
      'components.web.env.PAGE is required but has no value in virtual environment team',
    ]);
  });
});

test('values that no version of any app declares are told of, once', () => {
  const state = namespaceOf({
    versions: [{ manifest: { ...manifestOf('v1', { pay: { secrets: ['KEY'] } }), app: 'pay' } }],
  });
  const environment = { name: 'dev', vars: { THEME: 'x', GONE: 'x' }, secrets: { KEY: 'f', OLD: 'f' } };
  const events: FoxEvent[] = [];
  const emit = (event: FoxEvent) => void events.push(event);
  warnUnused(environment, v1, state, { emit });
  warnUnused(dev, v1, state, { emit });
  expect(events).toEqual([
    {
      type: 'warning',
      text: 'virtual environment dev has values that no version of any app declares: secrets.OLD, vars.GONE',
    },
  ]);
});
