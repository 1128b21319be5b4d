// What any Kubernetes API does with objects, and the embedded one too: runs against both (FOX_TEST_KUBECONFIG names a real cluster).
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type ApiClient,
  configMap,
  deployment,
  type Json,
  pod,
  testNamespace,
} from './cluster-under-test.ts';

const scope = testNamespace();
const { namespace, core, apps, coordination } = scope;

let client: ApiClient;
/** A name for the test. */
let name = '';
beforeEach(() => {
  client = scope.client();
  name = scope.newName();
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
    expect(body.reason).toBe('UnsupportedMediaType');
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
    // The list says what they are, they themselves don't.
    expect(body.items[0]).not.toHaveProperty('kind');
  });
});
