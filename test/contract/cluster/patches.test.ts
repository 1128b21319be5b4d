// Every way to patch an object of any Kubernetes API.
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Answer,
  type ApiClient,
  configMap,
  deployment,
  type Json,
  testNamespace,
} from './cluster-under-test.ts';

const scope = testNamespace();
const { core, apps } = scope;

let client: ApiClient;
/** A name for the test. */
let name = '';
beforeEach(() => {
  client = scope.client();
  name = scope.newName();
});

function send(type: string, path: string, body: unknown): Promise<Answer> {
  return client.request('PATCH', path, { body, headers: { 'content-type': `application/${type}+json` } });
}

const json = (path: string, body: unknown) => send('json-patch', path, body);
const strategic = (path: string, body: unknown) => send('strategic-merge-patch', path, body);

const inTemplate = (spec: Json) => ({ spec: { template: { spec } } });

async function madeConfigMap(data: Record<string, string>): Promise<string> {
  await client.post(`${core}/configmaps`, configMap(name, data, { x: 'y' }));
  return `${core}/configmaps/${name}`;
}

async function madeDeployment(change: (container: Json, spec: Json) => void): Promise<string> {
  const sample = deployment(name);
  change(sample.spec.template.spec.containers[0], sample.spec);
  const { status } = await client.post(`${apps}/deployments`, sample);
  expect(status).toBe(201);
  return `${apps}/deployments/${name}`;
}

describe('JSON patch', () => {
  test('tests, adds, replaces, removes, moves and copies, all or nothing', async () => {
    const path = await madeConfigMap({ a: '1', b: '2' });
    const done = await json(path, [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '3' },
      { op: 'add', path: '/metadata/annotations', value: { 'example.com/q': 'r' } },
      { op: 'add', path: '/metadata/annotations/example.com~1s', value: 't' },
      { op: 'move', from: '/data/b', path: '/data/c' },
      { op: 'copy', from: '/data/c', path: '/data/d' },
      { op: 'remove', path: '/metadata/labels/x' },
    ]);
    expect(done.status).toBe(200);
    expect(done.body.data).toEqual({ a: '3', c: '2', d: '2' });
    expect(done.body.metadata.annotations).toEqual({ 'example.com/q': 'r', 'example.com/s': 't' });
    expect(done.body.metadata).not.toHaveProperty('labels');
    const refused = await json(path, [
      { op: 'replace', path: '/data/a', value: '4' },
      { op: 'test', path: '/data/c', value: 'other' },
    ]);
    expect(refused.body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect((await client.get(path)).body.data.a).toBe('3');
  });

  test('lists are changed by index', async () => {
    const path = await madeDeployment((container) => {
      container.env = [{ name: 'A', value: '1' }];
    });
    const list = '/spec/template/spec/containers/0/env';
    const added = await json(path, [
      { op: 'add', path: `${list}/0`, value: { name: 'FIRST', value: '0' } },
      { op: 'add', path: `${list}/-`, value: { name: 'LAST', value: '9' } },
    ]);
    const names = added.body.spec.template.spec.containers[0].env.map((one: Json) => one.name);
    expect(names).toEqual(['FIRST', 'A', 'LAST']);
    expect((await json(path, [{ op: 'add', path: `${list}/7`, value: {} }])).status).toBe(422);
  });

  test('what isn’t there can’t be removed, and what is no patch is 400', async () => {
    const path = await madeConfigMap({ a: '1' });
    expect((await json(path, [{ op: 'remove', path: '/data/z' }])).status).toBe(422);
    expect((await json(path, [{ op: 'unheard-of', path: '/data' }])).status).toBe(422);
    expect((await json(path, { op: 'remove' })).status).toBe(400);
    expect((await json(path, '{')).status).toBe(400);
  });

  test('a resourceVersion can be tested', async () => {
    const path = await madeConfigMap({ a: '1' });
    const { resourceVersion } = (await client.get(path)).body.metadata;
    const patch = [
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'replace', path: '/data/a', value: '2' },
    ];
    expect((await json(path, patch)).status).toBe(200);
    expect((await json(path, patch)).status).toBe(422);
  });
});

describe('strategic merge patch', () => {
  test('containers, variables and ports are merged by their keys', async () => {
    const path = await madeDeployment((container) => {
      container.env = [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ];
      container.ports = [{ containerPort: 80 }, { containerPort: 81, name: 'x' }];
    });
    const { status, body } = await strategic(path, {
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: 'main',
                env: [
                  { name: 'C', value: '3' },
                  { name: 'A', value: '9' },
                ],
                ports: [{ containerPort: 81, $patch: 'delete' }],
              },
              { name: 'second', image: 'example.com/other:1' },
            ],
          },
        },
      },
    });
    expect(status).toBe(200);
    const { containers } = body.spec.template.spec;
    // What the patch names has the patch's order.
    expect(containers.map((one: Json) => one.name)).toEqual(['main', 'second']);
    expect(containers[0].env.map((one: Json) => `${one.name}=${one.value}`)).toEqual(['C=3', 'A=9', 'B=2']);
    expect(containers[0].ports).toEqual([{ containerPort: 80, protocol: 'TCP' }]);
    expect(containers[0].image).toBe('example.com/app:1');
  });

  test('$setElementOrder orders, $patch: replace replaces, $retainKeys keeps', async () => {
    const path = await madeDeployment((container) => {
      container.env = ['A', 'B', 'C'].map((one) => ({ name: one, value: one }));
    });
    const ordered = await strategic(
      path,
      inTemplate({
        containers: [
          {
            name: 'main',
            '$setElementOrder/env': [{ name: 'C' }, { name: 'A' }],
            env: [{ name: 'A', value: 'changed' }],
          },
        ],
      }),
    );
    const env = ordered.body.spec.template.spec.containers[0].env;
    expect(env.map((one: Json) => one.value)).toEqual(['B', 'C', 'changed']);
    const recreate = await strategic(path, {
      spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    });
    expect(recreate.body.spec.strategy).toEqual({ type: 'Recreate' });
    const replaced = await strategic(
      path,
      inTemplate({ containers: [{ name: 'only', image: 'example.com/app:2' }, { $patch: 'replace' }] }),
    );
    expect(replaced.body.spec.template.spec.containers.map((one: Json) => one.name)).toEqual(['only']);
  });

  test('lists of texts are merged, and shortened by $deleteFromPrimitiveList', async () => {
    const path = await madeConfigMap({});
    const first = await strategic(path, { metadata: { finalizers: ['a.b/c', 'a.b/d'] } });
    expect(first.body.metadata.finalizers).toEqual(['a.b/c', 'a.b/d']);
    const second = await strategic(path, {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['a.b/c'],
        '$setElementOrder/finalizers': ['a.b/e', 'a.b/d'],
        finalizers: ['a.b/e'],
      },
    });
    expect(second.body.metadata.finalizers).toEqual(['a.b/e', 'a.b/d']);
    await strategic(path, { metadata: { finalizers: null } });
  });

  test('null removes a member', async () => {
    const path = await madeConfigMap({ a: '1', b: '2' });
    expect((await strategic(path, { data: { a: null } })).body.data).toEqual({ b: '2' });
  });
});

describe('fields that a kind doesn’t have', () => {
  const unknown = { spec: { replicass: 1 } };

  test('are dropped with a warning, or refused, as the client likes', async () => {
    const path = await madeDeployment(() => undefined);
    const warned = await client.patch(path, unknown);
    expect(warned.status).toBe(200);
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"spec.replicass\\""');
    expect(warned.body.spec).not.toHaveProperty('replicass');
    expect(
      (await client.patch(`${path}?fieldValidation=Ignore`, unknown)).headers['warning'],
    ).toBeUndefined();
    const refused = await client.patch(`${path}?fieldValidation=Strict`, unknown);
    expect(refused.status).toBe(422);
    expect(refused.body.message).toContain('unknown field "spec.replicass"');
    const sample = { ...configMap(`${name}-n`), dataa: {} };
    const made = await client.post(`${core}/configmaps?fieldValidation=Strict`, sample);
    expect(made.body).toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dataa"',
    });
  });

  test('a member of another type is refused by name', async () => {
    const sample = { ...deployment(name), spec: { replicas: 'x' } };
    expect((await client.post(`${apps}/deployments`, sample)).body).toMatchObject({
      code: 400,
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    });
  });
});
