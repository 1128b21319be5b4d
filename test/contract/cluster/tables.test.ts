// Tables of any Kubernetes API, as kubectl asks for them: also runs against a real cluster.
import { beforeEach, describe, expect, test } from 'vitest';
import { type ApiClient, configMap, deployment, type Json, testNamespace } from './cluster-under-test.ts';

const scope = testNamespace();
const { core, apps, coordination } = scope;

let client: ApiClient;
/** A name for the test. */
let name = '';
beforeEach(() => {
  client = scope.client();
  name = scope.newName();
});

const asTable = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

/** Headings of a table, as kubectl prints them. */
function columns(table: Json, wide: boolean): string[] {
  return table.columnDefinitions
    .filter((column: Json) => wide || column.priority === 0)
    .map((column: Json) => column.name.toUpperCase());
}

describe('tables', () => {
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
    {
      path: `${apps}/replicasets`,
      narrow: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE'],
      wide: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR'],
    },
    {
      path: `/apis/networking.k8s.io/v1/namespaces/${scope.namespace}/ingresses`,
      narrow: ['NAME', 'CLASS', 'HOSTS', 'ADDRESS', 'PORTS', 'AGE'],
      wide: ['NAME', 'CLASS', 'HOSTS', 'ADDRESS', 'PORTS', 'AGE'],
    },
    {
      path: `/apis/policy/v1/namespaces/${scope.namespace}/poddisruptionbudgets`,
      narrow: ['NAME', 'MIN AVAILABLE', 'MAX UNAVAILABLE', 'ALLOWED DISRUPTIONS', 'AGE'],
      wide: ['NAME', 'MIN AVAILABLE', 'MAX UNAVAILABLE', 'ALLOWED DISRUPTIONS', 'AGE'],
    },
    {
      path: `/apis/autoscaling/v2/namespaces/${scope.namespace}/horizontalpodautoscalers`,
      narrow: ['NAME', 'REFERENCE', 'TARGETS', 'MINPODS', 'MAXPODS', 'REPLICAS', 'AGE'],
      wide: ['NAME', 'REFERENCE', 'TARGETS', 'MINPODS', 'MAXPODS', 'REPLICAS', 'AGE'],
    },
    { path: `${core}/serviceaccounts`, narrow: ['NAME', 'AGE'], wide: ['NAME', 'AGE'] },
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
