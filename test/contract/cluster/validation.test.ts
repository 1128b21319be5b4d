// What any Kubernetes API refuses, and how it says so: also runs against a real cluster.
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

interface Refusal {
  readonly what: string;
  readonly path: string;
  readonly object: Json;
  /** Absent: Kubernetes names none. */
  readonly field?: string;
  readonly reason: string;
  readonly message?: RegExp;
}

/** A Deployment with something wrong. */
function changed(change: (sample: Json) => void): Json {
  const sample = deployment('sample');
  change(sample);
  return sample;
}

const container = 'spec.template.spec.containers[0]';

describe('validation: 422 Invalid with causes', () => {
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
      what: 'a Service’s name with an underscore',
      path: `${core}/services`,
      object: { metadata: { name: 'a_b' }, spec: { ports: [{ port: 80 }] } },
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      message: /a (lowercase RFC 1123|DNS-1035) label must consist of/,
    },
    {
      what: 'a Service without ports',
      path: `${core}/services`,
      object: { metadata: { name: 'a' }, spec: {} },
      field: 'spec.ports',
      reason: 'FieldValueRequired',
    },
    {
      what: 'a Service with two ports of a name',
      path: `${core}/services`,
      object: {
        metadata: { name: 'a' },
        spec: {
          ports: [
            { port: 80, name: 'x' },
            { port: 81, name: 'x' },
          ],
        },
      },
      field: 'spec.ports[1].name',
      reason: 'FieldValueDuplicate',
    },
    {
      what: 'a Service with a port out of range',
      path: `${core}/services`,
      object: { metadata: { name: 'a' }, spec: { ports: [{ port: 70_000 }] } },
      field: 'spec.ports[0].port',
      reason: 'FieldValueInvalid',
      message: /must be between 1 and 65535, inclusive/,
    },
    {
      what: 'a Secret of credentials without them',
      path: `${core}/secrets`,
      object: { metadata: { name: 'a' }, type: 'kubernetes.io/dockerconfigjson' },
      field: 'data[.dockerconfigjson]',
      reason: 'FieldValueRequired',
    },
    {
      what: 'Recreate with bounds of a rolling update',
      path: `${apps}/deployments`,
      object: changed((sample) => {
        sample.spec.strategy = { type: 'Recreate', rollingUpdate: { maxSurge: 1 } };
      }),
      field: 'spec.strategy.rollingUpdate',
      reason: 'FieldValueForbidden',
      message: /may not be specified when strategy `type` is 'Recreate'/,
    },
    {
      what: 'requests above limits',
      path: `${apps}/deployments`,
      object: changed((sample) => {
        const resources = { limits: { cpu: '500m' }, requests: { cpu: '1' } };
        sample.spec.template.spec.containers[0].resources = resources;
      }),
      field: 'spec.template.spec.containers[0].resources.requests',
      reason: 'FieldValueInvalid',
      message: /must be less than or equal to cpu limit of 500m/,
    },
    {
      what: 'a mount of no volume',
      path: `${apps}/deployments`,
      object: changed((sample) => {
        sample.spec.template.spec.containers[0].volumeMounts = [{ name: 'none', mountPath: '/a' }];
      }),
      field: 'spec.template.spec.containers[0].volumeMounts[0].name',
      reason: 'FieldValueNotFound',
    },
    {
      what: 'a budget with both bounds',
      path: `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
      object: { metadata: { name: 'a' }, spec: { minAvailable: 1, maxUnavailable: 1 } },
      field: 'spec',
      reason: 'FieldValueInvalid',
      message: /minAvailable and maxUnavailable cannot be both set/,
    },
    {
      what: 'an autoscaler of nothing',
      path: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
      object: {
        metadata: { name: 'a' },
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' } },
      },
      field: 'spec.maxReplicas',
      reason: 'FieldValueRequired',
    },
    {
      what: 'an Ingress without rules',
      path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
      object: { metadata: { name: 'a' } },
      field: 'spec',
      reason: 'FieldValueInvalid',
      message: /either `defaultBackend` or `rules` must be specified/,
    },
    {
      what: 'an Ingress with a relative path',
      path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
      object: {
        metadata: { name: 'a' },
        spec: {
          rules: [
            {
              http: {
                paths: [
                  {
                    path: 'x',
                    pathType: 'Prefix',
                    backend: { service: { name: 's', port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
      },
      field: 'spec.rules[0].http.paths[0].path',
      reason: 'FieldValueInvalid',
      message: /must be an absolute path/,
    },
    {
      what: 'a namespace with a dot',
      path: '/api/v1/namespaces',
      object: { metadata: { name: 'a.b' } },
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      message: /must not contain dots|a lowercase RFC 1123 label must consist of/,
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
      message: /a (qualified name|valid label key) must consist of/,
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
    const wanted = {
      reason,
      message: expect.stringMatching(message ?? /./),
      ...(field === undefined ? {} : { field }),
    };
    expect(body.details.causes).toContainEqual(expect.objectContaining(wanted));
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

  test('a Service’s address and a RoleBinding’s role stay', async () => {
    const spec = { clusterIP: 'None', ipFamilyPolicy: 'SingleStack', ports: [{ port: 80 }] };
    await client.post(`${core}/services`, { metadata: { name }, spec });
    const moved = await client.patch(`${core}/services/${name}`, { spec: { clusterIP: '10.96.5.5' } });
    expect(moved.body.details.causes[0]).toMatchObject({
      field: 'spec.clusterIPs[0]',
      message: expect.stringMatching(/may not change once set$/),
    });
    const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    await client.post(roles, { metadata: { name }, roleRef: { kind: 'Role', name: 'a' }, subjects: [] });
    const changedRole = await client.patch(`${roles}/${name}`, { roleRef: { name: 'b' } });
    expect(changedRole.body.details.causes[0]).toMatchObject({
      field: 'roleRef',
      message: expect.stringMatching(/cannot change roleRef$/),
    });
  });

  test('amounts are written with the largest unit', async () => {
    const sample = deployment(name);
    const limits = { cpu: '1000m', memory: '0.5Gi' };
    sample.spec.template.spec.containers[0].resources = { limits };
    const { body } = await client.post(`${apps}/deployments?dryRun=All`, sample);
    expect(body.spec.template.spec.containers[0].resources.limits).toEqual({ cpu: '1', memory: '512Mi' });
  });
});
