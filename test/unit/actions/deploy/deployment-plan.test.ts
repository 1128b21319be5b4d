// The plan of a deployment, from what git says, what the cluster has and what images there are.
import { describe, expect, test } from 'vitest';
import { planDeployment, withImages } from '../../../../src/actions/deploy/deployment-plan.ts';
import type { NamespaceState } from '../../../../src/cluster/namespace.ts';
import {
  readVersion,
  type StoredVersion,
  versionObject,
} from '../../../../src/cluster/objects/version-object.ts';
import type { DeployedWorkload } from '../../../../src/cluster/objects/workload-object.ts';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import { shortHash } from '../../../../src/core/labels.ts';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { workloadsOf } from '../../../../src/core/version/workload.ts';
import { type ImageReference, type ImageStore, layoutRunName } from '../../../../src/images/image-store.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';

const dev: Environment = { name: 'dev', vars: {} };
const team: Environment = { name: 'team', vars: { COLOR: 'blue' } };
const color = { COLOR: { type: 'string', required: false, default: 'red' } } as const;

/** An image store that has the images of some components, and remembers what it was asked for. */
function storeWith(...components: string[]): ImageStore & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    find: (references: readonly ImageReference[]) => {
      asked.push(...references.map(({ component }) => component));
      const found = references.filter(({ component }) => components.includes(component));
      return Promise.resolve(
        new Map(found.map(({ component, sourceHash }) => [sourceHash, `sha256:of-${component}`])),
      );
    },
    put: () => Promise.reject(new Error('a plan builds nothing')),
    putPrebuilt: () => Promise.reject(new Error('a plan resolves nothing')),
    runName: layoutRunName,
  };
}

function stored(manifest: VersionManifest, runsIn: string[]): StoredVersion {
  return readVersion(versionObject(manifest, runsIn));
}

function deployed(manifest: VersionManifest, environment: Environment): DeployedWorkload[] {
  return [...workloadsOf(manifest, environment).values()].map(({ app, component, hash, definition }) => ({
    name: component,
    app,
    component,
    hash: shortHash(hash),
    fullHash: hash,
    sourceHash: definition.sourceHash,
    image: `sha256:running-${component}`,
    wantedBy: manifest.version,
    commit: manifest.commit,
    createdAt: '',
    replicas: 1,
    available: 1,
    ready: true,
  }));
}

function stateOf(part: Partial<NamespaceState> = {}): NamespaceState {
  return {
    versions: [],
    environments: [],
    workloads: [],
    configurations: [],
    releases: { epoch: 0, records: new Map() },
    ...part,
  };
}

const stateWith = (manifest: VersionManifest, runsIn = ['dev']) =>
  stateOf({
    versions: [stored(manifest, runsIn)],
    environments: [stands(dev), stands(team)],
    workloads: deployed(manifest, dev),
  });

const stands = ({ name, vars }: Environment) => ({
  definition: { name, vars },
  isDefault: false,
  createdAt: '',
  resourceVersion: '1',
});
const unbuilt = (
  version: string,
  sketches: Parameters<typeof manifestOf>[1],
  more: Partial<VersionManifest> = {},
) => ({
  ...manifestOf(version, sketches, ''),
  ...more,
});

describe('the first deployment', () => {
  test('creates everything, builds what has no image, in an environment that nobody has named yet', async () => {
    const images = storeWith('api');
    const { plan, manifest, environments, existing } = await planDeployment(
      unbuilt('v1', { web: {}, api: {} }),
      'dev',
      stateOf(),
      images,
    );
    expect(plan.create.map(({ component }) => component)).toEqual(['web', 'api']);
    expect(plan.build).toEqual(['web']);
    expect(plan.components).toMatchObject([
      { name: 'web', action: 'build', reason: 'new component' },
      { name: 'api', action: 'reuse', image: 'sha256:of-api' },
    ]);
    expect(plan.pods).toEqual({ before: 0, after: 2 });
    expect(manifest.components['api']?.image).toBe('sha256:of-api');
    expect(environments).toEqual([{ name: 'dev', vars: {} }]);
    expect(existing).toBeUndefined();
  });
});

describe('what runs already', () => {
  const v1 = manifestOf('v1', { web: {}, api: {} });
  const state = stateOf({
    versions: [stored(v1, ['dev'])],
    environments: [stands(dev)],
    workloads: deployed(v1, dev),
  });

  test('is kept, with the image that is recorded, and no image is asked for', async () => {
    const images = storeWith();
    const { plan, manifest } = await planDeployment(
      unbuilt('v2', { web: {}, api: {} }),
      'dev',
      state,
      images,
    );
    expect(plan).toMatchObject({ create: [], build: [], pods: { before: 2, after: 2 } });
    expect(plan.components).toMatchObject([{ sharedWith: ['v1'] }, { sharedWith: ['v1'] }]);
    expect(manifest.components['web']?.image).toBe('sha256:running-web');
    expect(images.asked).toEqual([]);
  });

  test("isn't counted for another app", async () => {
    const { plan } = await planDeployment(
      { ...unbuilt('v1', { web: {} }), app: 'other' },
      'dev',
      state,
      storeWith(),
    );
    expect(plan).toMatchObject({ pods: { before: 0, after: 1 } });
    expect(plan.create).toHaveLength(1);
  });

  test('of the same source with other variables says nothing of whether the image still exists', async () => {
    const colored = manifestOf('v1', { web: { env: color } });
    const before = stateOf({
      versions: [stored(colored, ['dev'])],
      environments: [stands(dev), stands(team)],
      workloads: deployed(colored, dev),
    });
    const { plan } = await planDeployment(
      unbuilt('v2', { web: { env: color } }),
      'team',
      before,
      storeWith(),
    );
    expect(plan.build).toEqual(['web']);
    expect(
      (await planDeployment(unbuilt('v2', { web: { env: color } }), 'team', before, storeWith('web'))).plan
        .build,
    ).toEqual([]);
  });
});

describe('a version that exists', () => {
  const named = manifestOf('v1', { web: { env: color } });
  const mutable = { ...manifestOf('main', { web: { env: color } }), mutable: true };
  const other = '1'.repeat(40);

  test('is not changed to another commit, nor to uncommitted changes', async () => {
    const error = { code: 'VERSION_IMMUTABLE', exitCode: 5 };
    await expect(
      planDeployment(unbuilt('v1', { web: {} }, { commit: other }), 'dev', stateWith(named), storeWith()),
    ).rejects.toMatchObject({
      ...error,
      message:
        "version v1 of shop was deployed from commit 000000000000; it can't be changed to commit 111111111111",
      hints: [expect.any(String), 'Or deploy it as it was: `fox deploy v1 --commit 000000000000`.'],
    });
    await expect(
      planDeployment(
        unbuilt('v1', { web: {} }, { dirty: true, mutable: true }),
        'dev',
        stateWith(named),
        storeWith(),
      ),
    ).rejects.toMatchObject({ ...error, message: expect.stringContaining('uncommitted changes') as unknown });
  });

  test('of the same commit has nothing to do', async () => {
    const { plan, existing } = await planDeployment(
      unbuilt('v1', { web: { env: color } }),
      'dev',
      stateWith(named),
      storeWith(),
    );
    expect(plan).toMatchObject({
      create: [],
      components: [{ action: 'none', reason: 'runs already', sharedWith: [] }],
    });
    expect(existing?.name).toBe('v1');
  });

  test('stays what it is: a branch is followed on, a named version stays for good', async () => {
    const followed = await planDeployment(
      unbuilt('main', { web: { source: '2' } }, { commit: other }),
      'dev',
      stateWith(mutable),
      storeWith(),
    );
    expect(followed.manifest.mutable).toBe(true);
    const kept = await planDeployment(
      unbuilt('v1', { web: { env: color } }, { mutable: true }),
      'dev',
      stateWith(named),
      storeWith(),
    );
    expect(kept.manifest.mutable).toBe(false);
  });

  test('is made ready wherever it ran, the environment that is asked for first', async () => {
    const { environments, plan } = await planDeployment(
      unbuilt('main', { web: { env: color, source: '2' } }, { commit: other }),
      'team',
      stateWith(mutable, ['dev', 'team', 'gone']),
      storeWith(),
    );
    expect(environments.map(({ name }) => name)).toEqual(['team', 'dev']);
    expect(plan.create.map(({ env }) => env)).toEqual([{ COLOR: 'blue' }, { COLOR: 'red' }]);
  });

  test("is compared with what it was, but doesn't share pods with itself", async () => {
    const { plan } = await planDeployment(
      unbuilt('main', { web: { env: color, source: '2' } }, { commit: other }),
      'dev',
      stateWith(mutable),
      storeWith(),
    );
    expect(plan.components).toMatchObject([
      { sharedWith: [], reason: 'its files changed since the last deployment' },
    ]);
  });
});

test('a version whose pods were deleted gets them back, saying so', async () => {
  const manifest = manifestOf('v1', { web: {} });
  const state = stateOf({ versions: [stored(manifest, ['dev'])], environments: [stands(dev)] });
  const { plan } = await planDeployment(unbuilt('v1', { web: {} }), 'dev', state, storeWith('web'));
  expect(plan.components).toMatchObject([{ action: 'reuse', reason: 'unchanged, but its pods are gone' }]);
});

test('variables that are missing or wrong are refused, all at once, in every environment', async () => {
  const draft = unbuilt('v1', {
    web: { env: { KEY: { type: 'string', required: true }, COLOR: { type: 'number', required: false } } },
  });
  await expect(
    planDeployment(draft, 'team', stateOf({ environments: [stands(team)] }), storeWith()),
  ).rejects.toMatchObject({
    code: 'REFUSED',
    details: [
      'components.web.env.KEY is required but has no value in virtual environment team',
      'components.web.env.COLOR must be of type number, not string in virtual environment team',
    ],
  });
});

test('images are put in by source hash, and others are left alone', () => {
  const manifest = manifestOf('v1', { web: {}, api: {} });
  const digests = new Map([[manifest.components['web']?.sourceHash ?? '', 'sha256:new']]);
  const { components } = withImages(manifest, digests);
  expect([components['web']?.image, components['api']?.image]).toEqual([
    'sha256:new',
    manifest.components['api']?.image,
  ]);
});

/** A Service as the namespace has it. */
function service(name: string, isOurs: boolean) {
  return { name, isOurs, ports: [80, 8080], leadsToRouter: true };
}

describe('Services', () => {
  const v1 = unbuilt('v1', { web: {}, api: {} });

  test('of the components are planned with those that other versions need', async () => {
    const other = { ...manifestOf('v9', { worker: {} }), app: 'other' };
    const state = stateOf({ versions: [stored(other, ['dev'])], services: [service('web', true)] });
    const { services } = await planDeployment(v1, 'dev', state, storeWith('web', 'api'));
    expect(services.apply.map(({ name }) => name)).toEqual(['worker', 'api']);
  });

  test('are none where components are reached otherwise', async () => {
    const { services } = await planDeployment(v1, 'dev', stateOf(), storeWith('web', 'api'));
    expect(services).toEqual({ apply: [], remove: [], foreign: [] });
  });

  test('that fox didn’t make keep a component of their name from being deployed, and no other one', async () => {
    const services = [service('api', false), service('db', false)];
    const plan = (manifest: VersionManifest) =>
      planDeployment(manifest, 'dev', stateOf({ services }), storeWith('web', 'api'));
    await expect(plan(v1)).rejects.toMatchObject({
      code: 'REFUSED',
      message: "Service api exists, and fox didn't make it",
    });
    await expect(plan(unbuilt('v1', { web: {} }))).resolves.toBeDefined();
  });
});

test('a component cannot have the name of the routers’ Service', async () => {
  const manifest = unbuilt('v1', { 'fox-router': {} });
  await expect(planDeployment(manifest, 'dev', stateOf({ services: [] }), storeWith())).rejects.toMatchObject(
    { code: 'REFUSED', message: expect.stringContaining("fox's routers") },
  );
});

/** The manifest as it is where all of its components are images that are there already. */
function prebuilt(manifest: VersionManifest): VersionManifest {
  const components = Object.entries(manifest.components).map(
    ([name, component]) => [name, { ...component, build: { image: 'ghcr.io/acme/ui:1' } }] as const,
  );
  return { ...manifest, components: Object.fromEntries(components) };
}

describe('a prebuilt image', () => {
  const whole = `ghcr.io/acme/ui@sha256:${'a'.repeat(64)}`;
  const v1 = prebuilt(manifestOf('v1', { web: {} }, whole));

  test('is looked for as what its tag was resolved to', async () => {
    const references: ImageReference[] = [];
    const images = {
      ...storeWith(),
      find: (asked: readonly ImageReference[]) => (references.push(...asked), Promise.resolve(new Map())),
    };
    await planDeployment(prebuilt(unbuilt('v1', { web: {} })), 'dev', stateOf(), images);
    expect(references).toMatchObject([{ component: 'web', prebuilt: true }]);
  });

  test('stays what it was resolved to, by the memory of versions, where the store has none', async () => {
    const state = stateOf({ versions: [stored(v1, ['dev'])], environments: [stands(dev)] });
    const { plan, manifest } = await planDeployment(
      prebuilt(unbuilt('v2', { web: {} })),
      'dev',
      state,
      storeWith(),
    );
    expect(plan.build).toEqual([]);
    expect(manifest.components['web']?.image).toBe(whole);
  });

  test('is what the store says, which a refresh has changed', async () => {
    const state = stateOf({ versions: [stored(v1, ['dev'])], environments: [stands(dev)] });
    const { manifest } = await planDeployment(
      prebuilt(unbuilt('v2', { web: {} })),
      'dev',
      state,
      storeWith('web'),
    );
    expect(manifest.components['web']?.image).toBe('sha256:of-web');
  });

  test('whose pods are not available is not taken for lost: the store knows nothing of it', async () => {
    const workloads = deployed(v1, dev).map((each) => ({ ...each, image: whole, available: 0 }));
    const state = stateOf({ versions: [stored(v1, ['dev'])], environments: [stands(dev)], workloads });
    const { plan, lost } = await planDeployment(
      prebuilt(unbuilt('v1', { web: {} })),
      'dev',
      state,
      storeWith(),
    );
    expect([lost, plan.create, plan.build]).toEqual([[], [], []]);
  });
});
