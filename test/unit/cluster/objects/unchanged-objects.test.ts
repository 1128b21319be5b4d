// Objects of lists that were there before: the same ones while nothing of them has changed.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { UnchangedObjects } from '../../../../src/cluster/objects/unchanged-objects.ts';
import { readEnvironment } from '../../../../src/cluster/objects/environment-object.ts';

function configMap(uid: string | undefined, resourceVersion: string | undefined, color = 'red'): V1ConfigMap {
  return {
    metadata: {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      labels: { 'kubefox.io/environment': 'dev' },
    },
    data: { environment: JSON.stringify({ name: 'dev', vars: { COLOR: color } }) },
  };
}

test('what has not changed is what was listed before, and is not read again', () => {
  const objects = new UnchangedObjects<V1ConfigMap>();
  const [first] = objects.of([configMap('a', '1'), configMap('b', '2')]);
  const [other, again] = objects.of([configMap('c', '3'), configMap('a', '1')]);
  expect(again).toBe(first);
  expect(other?.metadata?.uid).toBe('c');
  const [was, is] = [first, again].map((each) => readEnvironment(each ?? {}).definition);
  expect(is).toBe(was);
});

test('what has changed, or was made anew, is what is listed now', () => {
  const objects = new UnchangedObjects<V1ConfigMap>();
  objects.of([configMap('a', '1')]);
  const changed = configMap('a', '2', 'blue');
  expect(objects.of([changed])[0]).toBe(changed);
  const anew = configMap('b', '2', 'green');
  expect(objects.of([anew])[0]).toBe(anew);
  expect(readEnvironment(anew).definition.vars).toEqual({ COLOR: 'green' });
});

test('what is gone is forgotten', () => {
  const objects = new UnchangedObjects<V1ConfigMap>();
  objects.of([configMap('a', '1')]);
  expect(objects.of([])).toEqual([]);
  const back = configMap('a', '1');
  expect(objects.of([back])[0]).toBe(back);
});

test.each([
  ['uid', undefined, '1'],
  ['resourceVersion', 'a', undefined],
])('an object without a %s may be any', (_, uid, resourceVersion) => {
  const objects = new UnchangedObjects<V1ConfigMap>();
  objects.of([configMap(uid, resourceVersion)]);
  const listed = configMap(uid, resourceVersion, 'blue');
  expect(objects.of([listed])[0]).toBe(listed);
});
