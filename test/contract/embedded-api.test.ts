// What any Kubernetes API does, and the embedded one too: runs against both (FOX_TEST_KUBECONFIG names a real cluster).
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type ApiClient,
  configMap,
  deployment,
  eventually,
  type Json,
  openTestCluster,
  pod,
  type TestCluster,
} from './embedded-api-client.ts';

let cluster: TestCluster;
let client: ApiClient;
/** A namespace of this run. */
const namespace = `fox-test-${randomBytes(4).toString('hex')}`;
const core = `/api/v1/namespaces/${namespace}`;
const apps = `/apis/apps/v1/namespaces/${namespace}`;
const coordination = `/apis/coordination.k8s.io/v1/namespaces/${namespace}`;

beforeAll(async () => {
  cluster = await openTestCluster();
  ({ client } = cluster);
  const made = await client.post('/api/v1/namespaces', { metadata: { name: namespace } });
  expect(made.status).toBe(201);
});

afterAll(async () => {
  await client.delete(`/api/v1/namespaces/${namespace}`);
  await cluster.close();
});

let name = '';
beforeEach(() => {
  name = `t${randomBytes(5).toString('hex')}`;
});

describe('discovery', () => {
  test('names the versions, groups and resources', async () => {
    expect((await client.get('/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const groups = (await client.get('/apis')).body;
    expect(groups.kind).toBe('APIGroupList');
    expect(groups.groups.map((group: Json) => group.name)).toEqual(
      expect.arrayContaining(['apps', 'coordination.k8s.io', 'rbac.authorization.k8s.io']),
    );
    const resources = (await client.get('/apis/apps/v1')).body.resources;
    expect(resources).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'deployments',
          singularName: 'deployment',
          kind: 'Deployment',
          namespaced: true,
          shortNames: ['deploy'],
        }),
        expect.objectContaining({
          name: 'deployments/scale',
          kind: 'Scale',
          group: 'autoscaling',
          version: 'v1',
        }),
        expect.objectContaining({ name: 'deployments/status', kind: 'Deployment' }),
      ]),
    );
    expect((await client.get('/apis/apps')).body).toMatchObject({
      kind: 'APIGroup',
      preferredVersion: { groupVersion: 'apps/v1' },
    });
  });

  test('tells all in one document to those who ask for it', async () => {
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { headers, body } = await client.get('/apis', { accept: `${type},application/json` });
    expect(headers['content-type']).toBe(type);
    const group = body.items.find((item: Json) => item.metadata.name === 'apps');
    expect(group.versions[0].resources).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          resource: 'deployments',
          scope: 'Namespaced',
          singularResource: 'deployment',
        }),
      ]),
    );
  });

  test('answers version and health', async () => {
    expect((await client.get('/version')).body).toMatchObject({
      major: '1',
      gitVersion: expect.stringMatching(/^v1\./),
    });
    for (const path of ['/healthz', '/readyz', '/livez']) expect((await client.get(path)).text).toBe('ok');
  });
});

describe('create and get', () => {
  test('a new object gets what is the server’s to give', async () => {
    const made = await client.post(`${core}/configmaps`, {
      ...configMap(name, { a: 'b' }),
      metadata: {
        name,
        uid: 'mine',
        generation: 7,
        creationTimestamp: '2000-01-01T00:00:00Z',
        deletionTimestamp: '2000-01-01T00:00:00Z',
      },
    });
    expect(made.status).toBe(201);
    const { metadata } = made.body;
    expect(metadata).toMatchObject({ name, namespace, resourceVersion: expect.stringMatching(/^\d+$/) });
    expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(metadata.creationTimestamp).not.toMatch(/^2000/);
    expect(metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(metadata).not.toHaveProperty('deletionTimestamp');
    const found = await client.get(`${core}/configmaps/${name}`);
    expect(found.status).toBe(200);
    expect(found.body).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: { a: 'b' },
      metadata: { uid: metadata.uid },
    });
  });

  test('generateName adds five letters', async () => {
    const first = await client.post(`${core}/configmaps`, { metadata: { generateName: `${name}-` } });
    const second = await client.post(`${core}/configmaps`, { metadata: { generateName: `${name}-` } });
    expect(first.body.metadata.name).toMatch(new RegExp(`^${name}-[bcdfghjklmnpqrstvwxz2456789]{5}$`));
    expect(second.body.metadata.name).not.toBe(first.body.metadata.name);
  });

  test('a taken name is 409 AlreadyExists', async () => {
    await client.post(`${apps}/deployments`, deployment(name));
    const again = await client.post(`${apps}/deployments`, deployment(name));
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      reason: 'AlreadyExists',
      message: `deployments.apps "${name}" already exists`,
      details: { name, group: 'apps', kind: 'deployments' },
      code: 409,
    });
  });

  test('an unknown namespace is 404', async () => {
    const made = await client.post('/api/v1/namespaces/there-is-none/configmaps', configMap(name));
    expect(made.status).toBe(404);
    expect(made.body).toMatchObject({ reason: 'NotFound', message: 'namespaces "there-is-none" not found' });
    const list = await client.get('/api/v1/namespaces/there-is-none/configmaps');
    expect(list.status).toBe(200);
    expect(list.body.items).toEqual([]);
  });

  test('what doesn’t exist is 404', async () => {
    const found = await client.get(`${apps}/deployments/${name}`);
    expect(found.status).toBe(404);
    expect(found.body).toMatchObject({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'NotFound',
      message: `deployments.apps "${name}" not found`,
      details: { name, group: 'apps', kind: 'deployments' },
    });
    expect((await client.get('/apis/apps/v1/nothings')).status).toBe(404);
    expect((await client.get('/nowhere')).status).toBe(404);
  });

  test('a body of another kind, namespace or form is 400', async () => {
    expect((await client.post(`${core}/configmaps`, { ...configMap(name), kind: 'Secret' })).status).toBe(
      400,
    );
    const elsewhere = { ...configMap(name), metadata: { name, namespace: 'default' } };
    expect((await client.post(`${core}/configmaps`, elsewhere)).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
    });
    expect((await client.post(`${core}/configmaps`, '{"metadata":')).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
    });
    const wrongType = { ...configMap(name), data: { a: { b: 'c' } } };
    expect((await client.post(`${core}/configmaps`, wrongType)).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
    });
    const withVersion = { ...configMap(name), metadata: { name, resourceVersion: '1' } };
    expect((await client.post(`${core}/configmaps`, withVersion)).status).toBeGreaterThanOrEqual(400);
  });

  test('dryRun validates and stores nothing', async () => {
    const made = await client.post(`${core}/configmaps?dryRun=All`, configMap(name));
    expect(made.status).toBe(201);
    expect(made.body.metadata.name).toBe(name);
    expect((await client.get(`${core}/configmaps/${name}`)).status).toBe(404);
    expect((await client.post(`${core}/configmaps?dryRun=All`, configMap('Wrong'))).status).toBe(422);
    await client.post(`${core}/configmaps`, configMap(name, { a: '1' }));
    const patched = await client.patch(`${core}/configmaps/${name}?dryRun=All`, { data: { a: '2' } });
    expect(patched.body.data).toEqual({ a: '2' });
    await client.delete(`${core}/configmaps/${name}?dryRun=All`);
    expect((await client.get(`${core}/configmaps/${name}`)).body.data).toEqual({ a: '1' });
  });

  test('a Secret’s stringData becomes data', async () => {
    const made = await client.post(`${core}/secrets`, {
      metadata: { name },
      stringData: { a: 'b' },
      data: { c: 'ZA==' },
    });
    expect(made.status).toBe(201);
    const found = await client.get(`${core}/secrets/${name}`);
    expect(found.body).toMatchObject({ type: 'Opaque', data: { a: 'Yg==', c: 'ZA==' } });
    expect(found.body).not.toHaveProperty('stringData');
  });

  test('a Deployment gets Kubernetes’ defaults', async () => {
    const sample = deployment(name);
    delete sample.spec.replicas;
    sample.spec.template.spec.containers[0].readinessProbe = { httpGet: { port: 80 } };
    const { body } = await client.post(`${apps}/deployments?dryRun=All`, sample);
    expect(body.spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
    expect(body.spec.template.spec).toMatchObject({
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
    });
    expect(body.spec.template.spec.containers[0].readinessProbe).toEqual({
      httpGet: { path: '/', port: 80, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });
});

describe('update', () => {
  test('a stale resourceVersion is 409 Conflict', async () => {
    const { body: first } = await client.post(`${core}/configmaps`, configMap(name, { n: '0' }));
    const second = await client.put(`${core}/configmaps/${name}`, { ...first, data: { n: '1' } });
    expect(second.status).toBe(200);
    expect(Number(second.body.metadata.resourceVersion)).toBeGreaterThan(
      Number(first.metadata.resourceVersion),
    );
    const stale = await client.put(`${core}/configmaps/${name}`, { ...first, data: { n: '2' } });
    expect(stale.status).toBe(409);
    expect(stale.body).toMatchObject({
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on configmaps "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      details: { name, kind: 'configmaps' },
    });
    expect((await client.get(`${core}/configmaps/${name}`)).body.data).toEqual({ n: '1' });
  });

  test('of racing updates from one version, one wins', async () => {
    const { body } = await client.post(`${coordination}/leases`, {
      metadata: { name },
      spec: { holderIdentity: '' },
    });
    const racers = Array.from({ length: 8 }, (_, index) =>
      client.put(`${coordination}/leases/${name}`, { ...body, spec: { holderIdentity: `racer-${index}` } }),
    );
    const answers = await Promise.all(racers);
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    const { body: now } = await client.get(`${coordination}/leases/${name}`);
    expect(now.spec.holderIdentity).toBe(winners[0]?.body.spec.holderIdentity);
  });

  test('a Lease can only be updated by who says which version', async () => {
    await client.post(`${coordination}/leases`, { metadata: { name }, spec: {} });
    const blind = await client.put(`${coordination}/leases/${name}`, {
      metadata: { name },
      spec: { holderIdentity: 'a' },
    });
    expect(blind.status).toBe(422);
  });

  test('an update without changes keeps the version', async () => {
    const { body } = await client.post(`${core}/configmaps`, configMap(name, { a: 'b' }));
    const same = await client.put(`${core}/configmaps/${name}`, body);
    expect(same.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  test('uid, name and creationTimestamp stay', async () => {
    const { body } = await client.post(`${core}/configmaps`, configMap(name));
    const renamed = await client.put(`${core}/configmaps/${name}`, {
      ...body,
      metadata: { ...body.metadata, name: 'other' },
    });
    expect(renamed.status).toBe(400);
    const other = { ...body.metadata, uid: '00000000-0000-0000-0000-000000000000' };
    expect((await client.put(`${core}/configmaps/${name}`, { ...body, metadata: other })).status).toBe(409);
    const aged = { ...body, data: { a: 'b' }, metadata: { name, creationTimestamp: '2000-01-01T00:00:00Z' } };
    expect((await client.put(`${core}/configmaps/${name}`, aged)).body.metadata).toMatchObject({
      uid: body.metadata.uid,
      creationTimestamp: body.metadata.creationTimestamp,
    });
  });

  test('the spec raises the generation; metadata and status don’t', async () => {
    const { body } = await client.post(`${apps}/deployments`, deployment(name));
    expect(body.metadata.generation).toBe(1);
    expect(
      (await client.patch(`${apps}/deployments/${name}`, { metadata: { labels: { a: 'b' } } })).body.metadata
        .generation,
    ).toBe(1);
    expect(
      (await client.patch(`${apps}/deployments/${name}`, { spec: { minReadySeconds: 5 } })).body.metadata
        .generation,
    ).toBe(2);
  });

  test('the status has its own door', async () => {
    await client.post(`${core}/pods`, { ...pod(name), status: { phase: 'Failed' } });
    const path = `${core}/pods/${name}`;
    expect((await client.get(path)).body.status.phase).toBe('Pending');
    await client.patch(path, { status: { message: 'from the front' } });
    expect((await client.get(path)).body.status).not.toHaveProperty('message');
    const changed = await client.patch(`${path}/status`, {
      status: { message: 'hello' },
      spec: { nodeName: 'elsewhere' },
    });
    expect(changed.status).toBe(200);
    const { body } = await client.get(path);
    expect(body.status.message).toBe('hello');
    expect(body.spec).not.toHaveProperty('nodeName');
  });

  test('merge patch: null removes, objects merge, lists are replaced', async () => {
    await client.post(`${core}/configmaps`, configMap(name, { a: '1', b: '2' }, { x: 'y' }));
    const patched = await client.patch(`${core}/configmaps/${name}`, {
      data: { a: null, c: '3' },
      metadata: { labels: { z: 'w' } },
    });
    expect(patched.status).toBe(200);
    expect(patched.body.data).toEqual({ b: '2', c: '3' });
    expect(patched.body.metadata.labels).toEqual({ x: 'y', z: 'w' });
  });

  test('a resourceVersion in a merge patch is a precondition', async () => {
    const { body: first } = await client.post(`${core}/configmaps`, configMap(name));
    const guard = { resourceVersion: first.metadata.resourceVersion };
    expect(
      (await client.patch(`${core}/configmaps/${name}`, { metadata: guard, data: { a: '1' } })).status,
    ).toBe(200);
    expect(
      (await client.patch(`${core}/configmaps/${name}`, { metadata: guard, data: { a: '2' } })).status,
    ).toBe(409);
    expect((await client.get(`${core}/configmaps/${name}`)).body.data).toEqual({ a: '1' });
  });

  test('concurrent merge patches of different keys all stay', async () => {
    await client.post(`${core}/configmaps`, configMap(name));
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    await Promise.all(
      keys.map((key) => client.patch(`${core}/configmaps/${name}`, { data: { [key]: 'here' } })),
    );
    expect(Object.keys((await client.get(`${core}/configmaps/${name}`)).body.data).toSorted()).toEqual(
      keys.toSorted(),
    );
  });

  test('an unknown patch type is 415', async () => {
    await client.post(`${core}/configmaps`, configMap(name));
    const patch = { body: '{}', headers: { 'content-type': 'application/unheard-of+json' } };
    const { status, body } = await client.request('PATCH', `${core}/configmaps/${name}`, patch);
    expect(status).toBe(415);
    expect(body).toMatchObject({
      reason: 'UnsupportedMediaType',
      message: expect.stringContaining('application/merge-patch+json'),
    });
  });

  test('scale shows and sets the replicas', async () => {
    await client.post(`${apps}/deployments`, deployment(name));
    const path = `${apps}/deployments/${name}/scale`;
    const { body } = await client.get(path);
    expect(body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: {},
      status: { selector: `app=${name}` },
    });
    expect((await client.patch(path, { spec: { replicas: 0 } })).status).toBe(200);
    expect((await client.patch(path, { spec: { replicas: -1 } })).status).toBe(422);
    expect(
      (await client.patch(path, { metadata: { resourceVersion: '1' }, spec: { replicas: 0 } })).status,
    ).toBe(409);
    expect((await client.get(`${apps}/deployments/${name}`)).body.spec.replicas).toBe(0);
  });
});

describe('validation: 422 Invalid with causes', () => {
  interface Refusal {
    readonly what: string;
    readonly path: string;
    readonly object: Json;
    readonly field: string;
    readonly reason: string;
    readonly message?: RegExp;
  }

  function changed(change: (sample: Json) => void): Json {
    const sample = deployment('sample');
    change(sample);
    return sample;
  }

  const container = 'spec.template.spec.containers[0]';
  const refusals: Refusal[] = [
    {
      what: 'no name',
      path: `${core}/configmaps`,
      object: { metadata: {} },
      field: 'metadata.name',
      reason: 'FieldValueRequired',
      message: /name or generateName is required/,
    },
    {
      what: 'an upper-case name',
      path: `${core}/configmaps`,
      object: configMap('Wrong'),
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      message: /a lowercase RFC 1123 subdomain must consist of/,
    },
    {
      what: 'a name that is too long',
      path: `${core}/configmaps`,
      object: configMap('a'.repeat(254)),
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      message: /253/,
    },
    {
      what: 'a Service’s name that begins with a digit',
      path: `${core}/services`,
      object: { metadata: { name: '1a' }, spec: { ports: [{ port: 80 }] } },
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      message: /a DNS-1035 label must consist of/,
    },
    {
      what: 'a namespace with a dot',
      path: '/api/v1/namespaces',
      object: { metadata: { name: 'a.b' } },
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      message: /a lowercase RFC 1123 label must consist of/,
    },
    {
      what: 'a label’s value with a slash',
      path: `${core}/configmaps`,
      object: configMap('a', {}, { k: 'a/b' }),
      field: 'metadata.labels',
      reason: 'FieldValueInvalid',
      message: /a valid label must be an empty string or consist of/,
    },
    {
      what: 'a label’s value that is too long',
      path: `${core}/configmaps`,
      object: configMap('a', {}, { k: 'v'.repeat(64) }),
      field: 'metadata.labels',
      reason: 'FieldValueInvalid',
      message: /63/,
    },
    {
      what: 'a label’s key with a space',
      path: `${core}/configmaps`,
      object: configMap('a', {}, { 'a b': 'c' }),
      field: 'metadata.labels',
      reason: 'FieldValueInvalid',
      message: /name part must consist of/,
    },
    {
      what: 'an annotation’s key with two slashes',
      path: `${core}/configmaps`,
      object: { metadata: { name: 'a', annotations: { 'a/b/c': 'd' } } },
      field: 'metadata.annotations',
      reason: 'FieldValueInvalid',
      message: /a qualified name must consist of/,
    },
    {
      what: 'too many annotations',
      path: `${core}/configmaps`,
      object: { metadata: { name: 'a', annotations: { a: 'x'.repeat(262_145) } } },
      field: 'metadata.annotations',
      reason: 'FieldValueTooLong',
    },
    {
      what: 'a ConfigMap’s key with a space',
      path: `${core}/configmaps`,
      object: configMap('a', { 'b c': 'd' }),
      field: 'data[b c]',
      reason: 'FieldValueInvalid',
      message: /a valid config key must consist of/,
    },
    {
      what: 'a ConfigMap’s key that is a parent directory',
      path: `${core}/configmaps`,
      object: configMap('a', { '..': 'd' }),
      field: 'data[..]',
      reason: 'FieldValueInvalid',
    },
    {
      what: 'a ConfigMap of more than 1 MiB',
      path: `${core}/configmaps`,
      object: configMap('a', { b: 'x'.repeat(2 ** 20 + 1) }),
      field: '',
      reason: 'FieldValueTooLong',
    },
    {
      what: 'a Secret of more than 1 MiB',
      path: `${core}/secrets`,
      object: { metadata: { name: 'a' }, stringData: { b: 'x'.repeat(2 ** 20 + 1) } },
      field: 'data',
      reason: 'FieldValueTooLong',
    },
    {
      what: 'no selector',
      path: `${apps}/deployments`,
      object: changed((sample) => delete sample.spec.selector),
      field: 'spec.selector',
      reason: 'FieldValueRequired',
    },
    {
      what: 'a selector that doesn’t match the template',
      path: `${apps}/deployments`,
      object: changed((sample) => (sample.spec.template.metadata.labels = { other: 'x' })),
      field: 'spec.template.metadata.labels',
      reason: 'FieldValueInvalid',
      message: /`selector` does not match template `labels`/,
    },
    {
      what: 'negative replicas',
      path: `${apps}/deployments`,
      object: changed((sample) => (sample.spec.replicas = -1)),
      field: 'spec.replicas',
      reason: 'FieldValueInvalid',
      message: /must be greater than or equal to 0/,
    },
    {
      what: 'no containers',
      path: `${apps}/deployments`,
      object: changed((sample) => (sample.spec.template.spec.containers = [])),
      field: 'spec.template.spec.containers',
      reason: 'FieldValueRequired',
    },
    {
      what: 'a container without an image',
      path: `${apps}/deployments`,
      object: changed((sample) => delete sample.spec.template.spec.containers[0].image),
      field: `${container}.image`,
      reason: 'FieldValueRequired',
    },
    {
      what: 'a container without a name',
      path: `${apps}/deployments`,
      object: changed((sample) => delete sample.spec.template.spec.containers[0].name),
      field: `${container}.name`,
      reason: 'FieldValueRequired',
    },
    {
      what: 'two containers of one name',
      path: `${apps}/deployments`,
      object: changed((sample) => sample.spec.template.spec.containers.push({ name: 'main', image: 'x' })),
      field: 'spec.template.spec.containers[1].name',
      reason: 'FieldValueDuplicate',
    },
    {
      what: 'a port out of range',
      path: `${apps}/deployments`,
      object: changed(
        (sample) => (sample.spec.template.spec.containers[0].ports = [{ containerPort: 65_536 }]),
      ),
      field: `${container}.ports[0].containerPort`,
      reason: 'FieldValueInvalid',
      message: /must be between 1 and 65535, inclusive/,
    },
    {
      what: 'another restart policy than Always',
      path: `${apps}/deployments`,
      object: changed((sample) => (sample.spec.template.spec.restartPolicy = 'Never')),
      field: 'spec.template.spec.restartPolicy',
      reason: 'FieldValueNotSupported',
      message: /supported values: "Always"/,
    },
    {
      what: 'a probe that probes nothing',
      path: `${apps}/deployments`,
      object: changed(
        (sample) => (sample.spec.template.spec.containers[0].readinessProbe = { periodSeconds: 1 }),
      ),
      field: `${container}.readinessProbe`,
      reason: 'FieldValueRequired',
    },
    {
      what: 'a Lease of no time',
      path: `${coordination}/leases`,
      object: { metadata: { name: 'a' }, spec: { leaseDurationSeconds: 0 } },
      field: 'spec.leaseDurationSeconds',
      reason: 'FieldValueInvalid',
      message: /must be greater than 0/,
    },
    {
      what: 'an Event of another namespace',
      path: `${core}/events`,
      object: { metadata: { name: 'a' }, involvedObject: { kind: 'Pod', name: 'a', namespace: 'default' } },
      field: 'involvedObject.namespace',
      reason: 'FieldValueInvalid',
      message: /does not match event.namespace/,
    },
    {
      what: 'a role without verbs',
      path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
      object: { metadata: { name: 'a' }, rules: [{ apiGroups: [''], resources: ['pods'] }] },
      field: 'rules[0].verbs',
      reason: 'FieldValueRequired',
    },
  ];

  test.each(refusals)('$what', async ({ path, object, field, reason, message }) => {
    const { status, body } = await client.post(path, object);
    expect(status).toBe(422);
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Invalid', code: 422 });
    expect(body.message).toMatch(/ is invalid: /);
    const cause = body.details.causes.find(
      (one: Json) => one.field === (field === '' ? one.field : field) && one.reason === reason,
    );
    expect(cause, JSON.stringify(body.details.causes)).toBeDefined();
    if (message !== undefined) expect(cause.message).toMatch(message);
  });

  test('all causes at once', async () => {
    const { body } = await client.post(`${apps}/deployments`, {
      metadata: { name: 'Bad' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'c' } }, spec: { containers: [{}] } },
      },
    });
    expect(body.details).toMatchObject({ name: 'Bad', group: 'apps', kind: 'Deployment' });
    expect(body.message).toMatch(/^Deployment\.apps "Bad" is invalid: \[.*, .*\]$/s);
    expect(body.details.causes.map((cause: Json) => cause.field)).toEqual(
      expect.arrayContaining([
        'metadata.name',
        'spec.template.metadata.labels',
        `${container}.name`,
        `${container}.image`,
      ]),
    );
  });

  test('immutable data stays, metadata may change', async () => {
    await client.post(`${core}/configmaps`, { ...configMap(name, { a: 'b' }), immutable: true });
    const path = `${core}/configmaps/${name}`;
    const data = await client.patch(path, { data: { a: 'c' } });
    expect(data.status).toBe(422);
    expect(data.body.details.causes).toEqual([
      {
        reason: 'FieldValueForbidden',
        message: 'Forbidden: field is immutable when `immutable` is set',
        field: 'data',
      },
    ]);
    expect((await client.patch(path, { immutable: false })).status).toBe(422);
    expect((await client.patch(path, { immutable: null })).status).toBe(422);
    expect((await client.patch(path, { metadata: { annotations: { a: 'b' } } })).status).toBe(200);
  });

  test('a Deployment’s selector, a pod’s spec and a Secret’s type stay', async () => {
    await client.post(`${apps}/deployments`, deployment(name));
    const labels = { matchLabels: { app: 'other' } };
    const selector = await client.patch(`${apps}/deployments/${name}`, {
      spec: { selector: labels, template: { metadata: { labels: { app: 'other' } } } },
    });
    expect(selector.body.details.causes[0]).toMatchObject({
      field: 'spec.selector',
      message: expect.stringMatching(/field is immutable$/),
    });
    await client.post(`${core}/pods`, pod(name));
    const spec = await client.patch(`${core}/pods/${name}`, {
      spec: { containers: [{ name: 'main', image: 'example.com/app:1', command: ['x'] }] },
    });
    expect(spec.body.details.causes[0]).toMatchObject({ field: 'spec', reason: 'FieldValueForbidden' });
    expect((await client.patch(`${core}/pods/${name}`, { metadata: { labels: { a: 'b' } } })).status).toBe(
      200,
    );
    await client.post(`${core}/secrets`, { metadata: { name }, type: 'Opaque' });
    expect((await client.patch(`${core}/secrets/${name}`, { type: 'example.com/other' })).status).toBe(422);
  });
});

describe('list', () => {
  test('selects by labels', async () => {
    for (const [suffix, labels] of Object.entries({
      a: { run: name, tier: 'web' },
      b: { run: name, tier: 'db' },
      c: { run: name },
    })) {
      await client.post(`${core}/configmaps`, configMap(`${name}-${suffix}`, {}, labels));
    }
    const names = async (selector: string) => {
      const { body } = await client.get(
        `${core}/configmaps?labelSelector=${encodeURIComponent(`run=${name}${selector}`)}`,
      );
      return body.items.map((item: Json) => item.metadata.name.slice(name.length + 1)).join('');
    };
    expect(await names('')).toBe('abc');
    expect(await names(',tier=web')).toBe('a');
    expect(await names(',tier==web')).toBe('a');
    expect(await names(',tier!=web')).toBe('bc');
    expect(await names(',tier in (web, db)')).toBe('ab');
    expect(await names(',tier notin (web)')).toBe('bc');
    expect(await names(',tier')).toBe('ab');
    expect(await names(',!tier')).toBe('c');
    expect(
      (await client.get(`${core}/configmaps?labelSelector=${encodeURIComponent('a in b')}`)).status,
    ).toBe(400);
  });

  test('selects by fields', async () => {
    await client.post(`${core}/pods`, pod(name));
    const list = async (selector: string) =>
      client.get(`${core}/pods?fieldSelector=${encodeURIComponent(selector)}`);
    expect((await list(`metadata.name=${name}`)).body.items).toHaveLength(1);
    expect((await list(`metadata.name=${name},status.phase=Pending`)).body.items).toHaveLength(1);
    expect((await list(`metadata.name=${name},status.phase!=Pending`)).body.items).toHaveLength(0);
    expect((await list(`metadata.name=${name},spec.nodeName=`)).body.items).toHaveLength(1);
    expect((await list(`metadata.name=${name},metadata.namespace=default`)).body.items).toHaveLength(0);
    expect((await list('spec.nothing=a')).status).toBe(400);
  });

  test('Events are found by what they are about', async () => {
    const involvedObject = { kind: 'Pod', namespace, name, uid: '1' };
    await client.post(`${core}/events`, {
      metadata: { name },
      involvedObject,
      reason: 'Pulled',
      message: 'm',
      type: 'Normal',
    });
    const selector = encodeURIComponent(`involvedObject.name=${name},involvedObject.kind=Pod,type=Normal`);
    expect((await client.get(`${core}/events?fieldSelector=${selector}`)).body.items).toHaveLength(1);
  });

  test('spans namespaces, and shows a version that watches can follow', async () => {
    await client.post(`${core}/configmaps`, configMap(name));
    const { body } = await client.get('/api/v1/configmaps');
    expect(body).toMatchObject({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
    });
    expect(body.items.map((item: Json) => `${item.metadata.namespace}/${item.metadata.name}`)).toContain(
      `${namespace}/${name}`,
    );
  });
});

describe('watch', () => {
  const watching = (selector: string, version: string, more = '') =>
    client.watch(
      `${core}/configmaps?watch=1&resourceVersion=${version}&labelSelector=${encodeURIComponent(selector)}${more}`,
    );

  async function versionNow(): Promise<string> {
    return (await client.get(`${core}/configmaps`)).body.metadata.resourceVersion;
  }

  test('tells of every change after a version, in order', async () => {
    const watch = await watching(`run=${name}`, await versionNow());
    await client.post(`${core}/configmaps`, configMap(`${name}-a`, {}, { run: name }));
    await client.patch(`${core}/configmaps/${name}-a`, { data: { x: '1' } });
    await client.post(`${core}/configmaps`, configMap(`${name}-b`, {}, { run: 'other' }));
    await client.delete(`${core}/configmaps/${name}-a`);
    expect(await watch.names(3)).toEqual([`ADDED ${name}-a`, `MODIFIED ${name}-a`, `DELETED ${name}-a`]);
    const versions = watch.events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    watch.close();
  });

  test('replays what has happened since a version', async () => {
    const version = await versionNow();
    await client.post(`${core}/configmaps`, configMap(name, {}, { run: name }));
    await client.delete(`${core}/configmaps/${name}`);
    const watch = await watching(`run=${name}`, version);
    expect(await watch.names(2)).toEqual([`ADDED ${name}`, `DELETED ${name}`]);
    watch.close();
  });

  test('without a version begins with what there is', async () => {
    await client.post(`${core}/configmaps`, configMap(name, {}, { run: name }));
    const watch = await watching(`run=${name}`, '');
    expect(await watch.names(1)).toEqual([`ADDED ${name}`]);
    await client.patch(`${core}/configmaps/${name}`, { data: { a: 'b' } });
    expect(await watch.names(2)).toEqual([`ADDED ${name}`, `MODIFIED ${name}`]);
    watch.close();
  });

  test('an object that begins or ceases to match is added or deleted', async () => {
    await client.post(`${core}/configmaps`, configMap(name, { v: '1' }));
    const watch = await watching(`on=${name}`, await versionNow());
    await client.patch(`${core}/configmaps/${name}`, { metadata: { labels: { on: name } } });
    await client.patch(`${core}/configmaps/${name}`, {
      metadata: { labels: { on: null } },
      data: { v: '2' },
    });
    await client.patch(`${core}/configmaps/${name}`, { data: { v: '3' } });
    await client.patch(`${core}/configmaps/${name}`, { metadata: { labels: { on: name } } });
    expect(await watch.names(3)).toEqual([`ADDED ${name}`, `DELETED ${name}`, `ADDED ${name}`]);
    watch.close();
  });

  test('two watchers see one order', async () => {
    const version = await versionNow();
    const watches = await Promise.all([watching(`run=${name}`, version), watching(`run=${name}`, version)]);
    const names = Array.from({ length: 20 }, (_, index) => `${name}-${index}`);
    await Promise.all(
      names.map((one) => client.post(`${core}/configmaps`, configMap(one, {}, { run: name }))),
    );
    const [first, second] = await Promise.all(watches.map((watch) => watch.names(20)));
    expect(first).toEqual(second);
    for (const watch of watches) watch.close();
  });

  test('ends cleanly when its time is over', async () => {
    const watch = await watching(
      `run=${name}`,
      await versionNow(),
      '&timeoutSeconds=1&allowWatchBookmarks=true',
    );
    await watch.ended;
    expect(watch.events.filter(({ type }) => type !== 'BOOKMARK')).toEqual([]);
  });

  test('one object can be watched by its name', async () => {
    const selector = encodeURIComponent(`metadata.name=${name}`);
    const watch = await client.watch(
      `${core}/configmaps?watch=true&fieldSelector=${selector}&resourceVersion=${await versionNow()}`,
    );
    await client.post(`${core}/configmaps`, configMap(`${name}-not`));
    await client.post(`${core}/configmaps`, configMap(name));
    expect(await watch.names(1)).toEqual([`ADDED ${name}`]);
    watch.close();
  });
});

describe('delete', () => {
  test('answers a Status, and the object is gone', async () => {
    const { body } = await client.post(`${core}/configmaps`, configMap(name));
    const deleted = await client.delete(`${core}/configmaps/${name}`);
    expect(deleted.status).toBe(200);
    expect(deleted.body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name, kind: 'configmaps', uid: body.metadata.uid },
    });
    expect((await client.get(`${core}/configmaps/${name}`)).status).toBe(404);
    expect((await client.delete(`${core}/configmaps/${name}`)).status).toBe(404);
  });

  test('preconditions guard it', async () => {
    const { body } = await client.post(`${core}/configmaps`, configMap(name));
    const path = `${core}/configmaps/${name}`;
    const wrong = '00000000-0000-0000-0000-000000000000';
    expect((await client.delete(path, { preconditions: { uid: wrong } })).body).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    expect((await client.delete(path, { preconditions: { resourceVersion: '1' } })).status).toBe(409);
    expect((await client.delete(path, { preconditions: { uid: body.metadata.uid } })).status).toBe(200);
  });

  test('finalizers hold it', async () => {
    await client.post(`${core}/configmaps`, {
      ...configMap(name),
      metadata: { name, finalizers: ['example.com/hold'] },
    });
    const path = `${core}/configmaps/${name}`;
    const deleted = await client.delete(path);
    expect(deleted.status).toBe(200);
    const { body } = await client.get(path);
    expect(body.metadata.deletionTimestamp).toBeDefined();
    expect(
      (await client.patch(path, { metadata: { finalizers: ['example.com/hold', 'example.com/new'] } }))
        .status,
    ).toBe(422);
    await client.patch(path, { metadata: { finalizers: null } });
    await eventually(
      () => client.get(path),
      ({ status }) => status === 404,
    );
  });

  test('a collection, by labels', async () => {
    for (const suffix of ['a', 'b'])
      await client.post(`${core}/configmaps`, configMap(`${name}-${suffix}`, {}, { run: name }));
    await client.post(`${core}/configmaps`, configMap(`${name}-c`));
    const deleted = await client.delete(`${core}/configmaps?labelSelector=run%3D${name}`);
    expect(deleted.status).toBe(200);
    expect((await client.get(`${core}/configmaps?labelSelector=run%3D${name}`)).body.items).toEqual([]);
    expect((await client.get(`${core}/configmaps/${name}-c`)).status).toBe(200);
  });

  const owned = (owner: Json, suffix = 'owned') => ({
    ...configMap(`${name}-${suffix}`),
    metadata: {
      name: `${name}-${suffix}`,
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name, uid: owner.metadata.uid, blockOwnerDeletion: true },
      ],
    },
  });

  test('what it owned is collected', async () => {
    const { body: owner } = await client.post(`${core}/configmaps`, configMap(name));
    await client.post(`${core}/configmaps`, owned(owner));
    await client.delete(`${core}/configmaps/${name}`, { propagationPolicy: 'Background' });
    await eventually(
      () => client.get(`${core}/configmaps/${name}-owned`),
      ({ status }) => status === 404,
      60_000,
    );
  }, 70_000);

  test('or goes first', async () => {
    const { body: owner } = await client.post(`${core}/configmaps`, configMap(name));
    await client.post(`${core}/configmaps`, owned(owner));
    const watch = await client.watch(
      `${core}/configmaps?watch=1&resourceVersion=${owner.metadata.resourceVersion}`,
    );
    await client.delete(`${core}/configmaps/${name}`, { propagationPolicy: 'Foreground' });
    const gone = (events: readonly Json[]) =>
      events.filter(({ type, object }) => type === 'DELETED' && object.metadata.name.startsWith(name));
    await watch.until((events) => gone(events).length === 2, 60_000);
    expect(gone(watch.events).map(({ object }) => object.metadata.name)).toEqual([`${name}-owned`, name]);
    watch.close();
  }, 70_000);

  test('or stays as an orphan', async () => {
    const { body: owner } = await client.post(`${core}/configmaps`, configMap(name));
    await client.post(`${core}/configmaps`, owned(owner));
    await client.delete(`${core}/configmaps/${name}`, { propagationPolicy: 'Orphan' });
    await eventually(
      () => client.get(`${core}/configmaps/${name}`),
      ({ status }) => status === 404,
      60_000,
    );
    const { status, body } = await client.get(`${core}/configmaps/${name}-owned`);
    expect(status).toBe(200);
    expect(body.metadata).not.toHaveProperty('ownerReferences');
  }, 70_000);

  test('a pod that never ran goes at once, and is the answer', async () => {
    await client.post(`${core}/pods`, pod(name));
    const deleted = await client.delete(`${core}/pods/${name}`);
    expect(deleted.status).toBe(200);
    expect(deleted.body).toMatchObject({ kind: 'Pod', metadata: { name } });
    expect((await client.get(`${core}/pods/${name}`)).status).toBe(404);
  });
});

describe('tables', () => {
  const asTable = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
  const columns = (table: Json, wide: boolean) =>
    table.columnDefinitions
      .filter((column: Json) => wide || column.priority === 0)
      .map((column: Json) => column.name.toUpperCase());

  test.each([
    { path: `${core}/configmaps`, narrow: ['NAME', 'DATA', 'AGE'], wide: ['NAME', 'DATA', 'AGE'] },
    {
      path: `${core}/secrets`,
      narrow: ['NAME', 'TYPE', 'DATA', 'AGE'],
      wide: ['NAME', 'TYPE', 'DATA', 'AGE'],
    },
    {
      path: `${apps}/deployments`,
      narrow: ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE'],
      wide: ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR'],
    },
    {
      path: `${core}/pods`,
      narrow: ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'],
      wide: ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'],
    },
    {
      path: `${core}/services`,
      narrow: ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'],
      wide: ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE', 'SELECTOR'],
    },
    {
      path: `${core}/events`,
      narrow: ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
      wide: [
        'LAST SEEN',
        'TYPE',
        'REASON',
        'OBJECT',
        'SUBOBJECT',
        'SOURCE',
        'MESSAGE',
        'FIRST SEEN',
        'COUNT',
        'NAME',
      ],
    },
    { path: `${coordination}/leases`, narrow: ['NAME', 'HOLDER', 'AGE'], wide: ['NAME', 'HOLDER', 'AGE'] },
    { path: '/api/v1/namespaces', narrow: ['NAME', 'STATUS', 'AGE'], wide: ['NAME', 'STATUS', 'AGE'] },
    { path: `${core}/serviceaccounts`, narrow: ['NAME', 'SECRETS', 'AGE'], wide: ['NAME', 'SECRETS', 'AGE'] },
  ])('$path has kubectl’s columns', async ({ path, narrow, wide }) => {
    const { body } = await client.get(path, asTable);
    expect(body).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: expect.any(String) },
    });
    expect(columns(body, false)).toEqual(narrow);
    expect(columns(body, true)).toEqual(wide);
  });

  test('rows carry cells and metadata', async () => {
    await client.post(`${apps}/deployments`, deployment(name, { a: 'b' }));
    const { body } = await client.get(`${apps}/deployments/${name}`, asTable);
    expect(body.rows).toHaveLength(1);
    expect(body.rows[0].cells).toEqual([
      name,
      '0/0',
      0,
      0,
      expect.stringMatching(/^\d+s$/),
      'main',
      'example.com/app:1',
      `app=${name}`,
    ]);
    expect(body.rows[0].object).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: { name, labels: { a: 'b' } },
    });
    const bare = await client.get(`${apps}/deployments/${name}?includeObject=None`, asTable);
    expect(bare.body.rows[0].object ?? null).toBeNull();
  });

  test('a watch sends tables, with the columns first', async () => {
    const { body } = await client.get(`${core}/configmaps`);
    const selector = `labelSelector=run%3D${name}`;
    const watch = await client.watch(
      `${core}/configmaps?watch=1&resourceVersion=${body.metadata.resourceVersion}&${selector}`,
      asTable,
    );
    await client.post(`${core}/configmaps`, configMap(name, {}, { run: name }));
    await client.patch(`${core}/configmaps/${name}`, { data: { a: 'b' } });
    const [first, second] = await watch.until((events) => events.length >= 2);
    expect(first?.object.columnDefinitions[0].name).toBe('Name');
    expect(second?.object.columnDefinitions ?? null).toBeNull();
    expect(second?.object.rows[0].cells.slice(0, 2)).toEqual([name, expect.anything()]);
    watch.close();
  });

  test('metadata alone', async () => {
    await client.post(`${core}/configmaps`, configMap(name, { a: 'b' }));
    const { body } = await client.get(`${core}/configmaps/${name}`, {
      accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    });
    expect(body).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name },
    });
    expect(body).not.toHaveProperty('data');
  });

  test('what nobody can read is 406', async () => {
    expect((await client.get(`${core}/configmaps`, { accept: 'text/html' })).status).toBe(406);
  });
});

test('namespaces take their content with them', async () => {
  await client.post('/api/v1/namespaces', { metadata: { name } });
  await client.post(`/api/v1/namespaces/${name}/configmaps`, {
    ...configMap('held'),
    metadata: { name: 'held', finalizers: ['example.com/hold'] },
  });
  const deleted = await client.delete(`/api/v1/namespaces/${name}`);
  expect(deleted.status).toBe(200);
  await eventually(
    () => client.get(`/api/v1/namespaces/${name}/configmaps/held`),
    ({ body }) => body?.metadata?.deletionTimestamp !== undefined,
    60_000,
  );
  expect((await client.get(`/api/v1/namespaces/${name}`)).body.status.phase).toBe('Terminating');
  expect((await client.post(`/api/v1/namespaces/${name}/configmaps`, configMap('late'))).body).toMatchObject({
    code: 403,
    reason: 'Forbidden',
  });
  await client.patch(`/api/v1/namespaces/${name}/configmaps/held`, { metadata: { finalizers: null } });
  await eventually(
    () => client.get(`/api/v1/namespaces/${name}`),
    ({ status }) => status === 404,
    60_000,
  );
  expect((await client.delete('/api/v1/namespaces/default')).status).toBe(403);
}, 130_000);
