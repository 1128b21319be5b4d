// Server-side apply in any Kubernetes API: who manages which field, and what becomes of fields that nobody wants any more.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type ApiClient, deployment, type Json, testNamespace } from './cluster-under-test.ts';

const scope = testNamespace();
const { core, apps } = scope;

let client: ApiClient;
/** A name for the test. */
let name = '';
/** Paths of a ConfigMap and a Deployment of that name. */
let map = '';
let workload = '';
beforeEach(() => {
  client = scope.client();
  name = scope.newName();
  map = `${core}/configmaps/${name}`;
  workload = `${apps}/deployments/${name}`;
});

function apply(manager: string, path: string, body: unknown, more = ''): Promise<Answer> {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  return client.request('PATCH', `${path}?fieldManager=${manager}${more}`, { body, headers });
}

function config(data: Record<string, string>, metadata: object = {}): Json {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

const template = (containers: Json[]) => ({ template: { spec: { containers } } });

function workloadConfig(spec: Json): Json {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}

/** What managers manage, by name. */
function managed({ body }: Answer): Record<string, Json> {
  const entries: Json[] = body.metadata.managedFields ?? [];
  return Object.fromEntries(entries.map(({ manager, fieldsV1 }) => [manager, fieldsV1]));
}

describe('apply', () => {
  test('makes what doesn’t exist, from JSON or YAML, and says who manages it', async () => {
    const made = await apply('one', map, config({ a: '1' }, { labels: { k: 'v' } }));
    expect(made.status).toBe(201);
    expect(made.body.metadata.managedFields).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} }, 'f:metadata': { 'f:labels': { 'f:k': {} } } },
      },
    ]);
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "2" # text\n`;
    const changed = await apply('one', map, text);
    expect(changed.status).toBe(200);
    expect(changed.body.data).toEqual({ a: '2' });
    expect(changed.body.metadata).not.toHaveProperty('labels');
  });

  test('the same again changes nothing', async () => {
    const { body } = await apply('one', map, config({ a: '1' }));
    const again = await apply('one', map, config({ a: '1' }));
    expect(again.body).toEqual(body);
  });

  test('a field that its manager no longer applies goes; others’ stay', async () => {
    await apply('one', map, config({ a: '1', b: '1' }));
    await apply('two', map, config({ b: '1', c: '1' }));
    const left = await apply('one', map, config({ a: '1' }));
    expect(left.body.data).toEqual({ a: '1', b: '1', c: '1' });
    const gone = await apply('two', map, config({}));
    expect(gone.body.data).toEqual({ a: '1' });
    expect(Object.keys(managed(gone))).toEqual(['one', 'two']);
  });

  test('conflicts are listed field by field, with who manages them', async () => {
    await apply('one', map, config({ a: '1', b: '1' }));
    const single = await apply('two', map, config({ a: '2' }));
    expect(single.status).toBe(409);
    expect(single.body).toMatchObject({
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' }],
      },
    });
    const several = await apply('two', map, config({ a: '2', b: '2' }));
    expect(several.body.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b',
    );
    expect((await client.get(map)).body.data).toEqual({ a: '1', b: '1' });
  });

  test('force takes fields over', async () => {
    await apply('one', map, config({ a: '1' }));
    const forced = await apply('two', map, config({ a: '2' }), '&force=true');
    expect(forced.body.data).toEqual({ a: '2' });
    expect(Object.keys(managed(forced))).toEqual(['two']);
  });

  test('who updates a field manages it, and is named with the version', async () => {
    await apply('one', map, config({ a: '1' }));
    await client.request('PATCH', `${map}?fieldManager=hand`, {
      body: { data: { a: '2' } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    const refused = await apply('one', map, config({ a: '1' }));
    expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "hand" using v1: .data.a');
    const agreed = await apply('one', map, config({ a: '2' }));
    expect(agreed.status).toBe(200);
    expect(Object.keys(managed(agreed)).toSorted()).toEqual(['hand', 'one']);
  });

  test('lists are merged by their keys: containers by name, ports by number and protocol', async () => {
    const sample = deployment(name);
    sample.spec.template.spec.containers[0].ports = [{ containerPort: 80 }];
    const { apiVersion, kind, spec } = sample;
    expect((await apply('one', workload, { apiVersion, kind, metadata: { name }, spec })).status).toBe(201);
    const sidecar = { name: 'side', image: 'example.com/side:1' };
    const variable = { name: 'A', value: '1' };
    const added = await apply(
      'two',
      workload,
      workloadConfig(template([{ name: 'main', env: [variable] }, sidecar])),
    );
    expect(added.status).toBe(200);
    const [main, side] = added.body.spec.template.spec.containers;
    expect(main).toMatchObject({ image: 'example.com/app:1', env: [variable] });
    expect(side).toMatchObject(sidecar);
    const conflict = await apply(
      'two',
      workload,
      workloadConfig(template([{ name: 'main', image: 'x', ports: [{ containerPort: 80, name: 'n' }] }])),
    );
    expect(conflict.body.details.causes).toEqual([
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "one"',
        field: '.spec.template.spec.containers[name="main"].image',
      },
    ]);
    const left = await apply('two', workload, workloadConfig({ minReadySeconds: 1 }));
    expect(left.body.spec.template.spec.containers).toHaveLength(1);
    expect(left.body.spec.template.spec.containers[0]).not.toHaveProperty('env');
  });

  test('scaling manages the number of replicas', async () => {
    const { apiVersion, kind, spec } = deployment(name);
    await apply('one', workload, { apiVersion, kind, metadata: { name }, spec });
    const scale = { body: { spec: { replicas: 1, paused: true } }, headers: mergePatch };
    await client.request('PATCH', workload, { body: { spec: { paused: true } }, headers: mergePatch });
    await client.request('PATCH', `${workload}/scale?fieldManager=scaler`, scale);
    const refused = await apply('one', workload, { apiVersion, kind, metadata: { name }, spec });
    expect(refused.body.details.causes).toEqual([
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "scaler" with subresource "scale" using apps/v1',
        field: '.spec.replicas',
      },
    ]);
  });

  test('dryRun stores nothing', async () => {
    const tried = await apply('one', map, config({ a: '1' }), '&dryRun=All');
    expect(tried.status).toBe(201);
    expect((await client.get(map)).status).toBe(404);
  });

  test('an update without managers of their own begins to count with the first apply', async () => {
    await apply('one', map, config({ a: '1' }));
    await client.patch(map, { metadata: { managedFields: [{}] } });
    expect((await client.get(map)).body.metadata).not.toHaveProperty('managedFields');
    const applied = await apply('two', map, config({ b: '1' }));
    expect(Object.keys(managed(applied)).toSorted()).toEqual(['before-first-apply', 'two']);
  });
});

const mergePatch = { 'content-type': 'application/merge-patch+json' };

describe('what can’t be applied', () => {
  test('without a manager, a name, a version', async () => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const nobody = await client.request('PATCH', map, { body: config({}), headers });
    expect(nobody.body).toMatchObject({
      code: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    });
    const nameless = await apply('one', map, { apiVersion: 'v1', kind: 'ConfigMap' });
    expect(nameless.status).toBe(400);
    expect((await apply('one', map, { metadata: { name } })).status).toBe(400);
    expect((await apply('one', map, { ...config({}), kind: 'Secret' })).status).toBe(400);
    expect((await apply('one', map, config({}, { name: 'other' }))).status).toBe(400);
    expect((await apply('one', map, config({}, { managedFields: [] }))).status).toBe(400);
    expect((await apply('one', map, 'a: b: c')).status).toBe(400);
    expect((await client.patch(`${map}?force=true`, {})).status).toBe(422);
  });

  test('fields that the kind doesn’t have, and values of another type', async () => {
    const unknown = await apply('one', map, { ...config({}), dataa: 1 });
    expect(unknown.body).toMatchObject({
      code: 500,
      message: `failed to create typed patch object (/${name}; /v1, Kind=ConfigMap): .dataa: field not declared in schema`,
    });
    const wrong = await apply('one', workload, workloadConfig({ replicas: 'x' }));
    expect(wrong.body.message).toContain('.spec.replicas: expected numeric (int or float), got string');
    const twins = [{ name: 'a' }, { name: 'a' }];
    const twice = await apply('one', workload, workloadConfig({ template: { spec: { containers: twins } } }));
    expect(twice.body.message).toContain('duplicate entries for key [name="a"]');
  });

  test('over a stale resourceVersion', async () => {
    await apply('one', map, config({ a: '1' }));
    const stale = await apply('one', map, config({ a: '2' }, { resourceVersion: '1' }));
    expect(stale.body).toMatchObject({ code: 409, reason: 'Conflict' });
  });
});
