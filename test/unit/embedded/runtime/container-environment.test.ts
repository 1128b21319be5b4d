// What a process finds in its environment, and where each value comes from.
import { expect, test } from 'vitest';
import { containerEnvironment } from '../../../../src/embedded/runtime/container-environment.ts';
import { expandVariables } from '../../../../src/embedded/runtime/expand-variables.ts';
import type { Container, Pod } from '../../../../src/embedded/runtime/pod.ts';
import type { KubeObject } from '../../../../src/embedded/store/object-store.ts';

const metadata = {
  name: 'p',
  namespace: 'default',
  uid: 'u1',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...metadata, labels: { 'kubefox.io/app': 'shop' }, annotations: { note: 'hello' } },
  spec: { containers: [] },
};
const objects: Record<string, KubeObject> = {
  'configmaps/settings': {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { COLOUR: 'red', 'bad key': 'x' },
  },
  'secrets/keys': {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    data: { TOKEN: Buffer.from('s3cret').toString('base64') },
  },
};
const store = { get: (resource: string, _namespace: string, name: string) => objects[`${resource}/${name}`] };

function environment(
  container: Partial<Container>,
  given: Record<string, string> = {},
  image: string[] = [],
) {
  const own = { PATH: '/bin', HOME: '/root', LANG: 'C', SECRET_OF_MINE: 'no', TMPDIR: undefined };
  const whole = { name: 'c', image: 'i', ...container };
  return Object.fromEntries(containerEnvironment(pod, whole, { store, own, image, given }));
}

test('only four variables of the daemon are passed on, and the address to listen on; the image has no say about PATH', () => {
  expect(environment({}, {}, ['PATH=/image/bin', 'MODE=prod=1', 'LANG=de'])).toEqual({
    PATH: '/bin',
    HOME: '/root',
    HOST: '127.0.0.1',
    LANG: 'C',
    MODE: 'prod=1',
  });
});

test('values come from ConfigMaps, Secrets and fields', () => {
  const env = [
    { name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'COLOUR' } } },
    { name: 'B', valueFrom: { secretKeyRef: { name: 'keys', key: 'TOKEN' } } },
    { name: 'C', valueFrom: { fieldRef: { fieldPath: "metadata.labels['kubefox.io/app']" } } },
    { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
    { name: 'E', valueFrom: { configMapKeyRef: { name: 'nowhere', key: 'x', optional: true } } },
  ];
  const envFrom = [
    { prefix: 'S_', configMapRef: { name: 'settings' } },
    { secretRef: { name: 'nowhere', optional: true } },
  ];
  const found = environment({ env, envFrom });
  expect(found).toMatchObject({ A: 'red', B: 's3cret', C: 'shop', D: 'u1', S_COLOUR: 'red' });
  expect(Object.keys(found)).not.toContain('E');
  expect(Object.keys(found)).not.toContain('S_bad key');
});

test.each([
  [{ configMapKeyRef: { name: 'nowhere', key: 'x' } }, 'configmap "nowhere" not found'],
  [{ secretKeyRef: { name: 'keys', key: 'x' } }, "couldn't find key x in secret default/keys"],
  [{ fieldRef: { fieldPath: 'spec.secret' } }, "doesn't know the field spec.secret"],
  [{ resourceFieldRef: {} }, 'values from ConfigMaps, Secrets and fields only'],
])('%j is refused when it is not there', (valueFrom, message) => {
  expect(() => environment({ env: [{ name: 'A', valueFrom }] })).toThrow(message);
});

test('what the runtime gives can be referred to, and not be changed', () => {
  const env = [
    { name: 'PORT', value: '8080' },
    { name: 'SELF', value: 'http://localhost:$(PORT)/$(UNKNOWN)?$$(PORT)' },
    { name: 'API_URL', value: 'http://api' },
  ];
  expect(environment({ env }, { PORT: '20001', API_URL: 'http://127.0.0.1:20002' })).toMatchObject({
    PORT: '20001',
    SELF: 'http://localhost:20001/$(UNKNOWN)?$(PORT)',
    API_URL: 'http://127.0.0.1:20002',
  });
});

test('$(NAME) is replaced once, $$ escapes, unknown names stay', () => {
  const values = new Map([
    ['A', '$(B)'],
    ['B', 'b'],
  ]);
  expect(expandVariables('$(A)$(B)$(C)$$(B)$$$(B) $ $(', values)).toBe('$(B)b$(C)$(B)$b $ $(');
});
