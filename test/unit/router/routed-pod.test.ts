// Pods as the router reads them.
import { describe, expect, test } from 'vitest';
import { readRoutedPod } from '../../../src/router/routed-pod.ts';

const labels = { 'kubefox.io/app': 'shop', 'kubefox.io/component': 'ui', 'kubefox.io/hash': 'a'.repeat(40) };
const ready = { podIP: '10.0.0.1', phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const spec = { containers: [{ name: 'ui', ports: [{ containerPort: 8080 }] }] };

function withCallPorts(text: string) {
  return readRoutedPod({ metadata: { name: 'p', labels, annotations: { 'kubefox.io/call-ports': text } } });
}

describe('readRoutedPod', () => {
  test('a ready pod is reached by its address and the port of its container', () => {
    expect(readRoutedPod({ metadata: { name: 'p', labels }, spec, status: ready })).toEqual({
      name: 'p',
      app: 'shop',
      component: 'ui',
      workload: `shop/ui/${'a'.repeat(40)}`,
      isAlive: true,
      origin: 'http://10.0.0.1:8080',
      callPorts: new Map(),
    });
  });

  test('the port of the embedded cluster goes first, and IPv6 has its brackets', () => {
    const metadata = { name: 'p', labels, annotations: { 'kubefox.io/port': '20001' } };
    expect(readRoutedPod({ metadata, spec, status: { ...ready, podIP: 'fd00::1' } })?.origin).toBe(
      'http://[fd00::1]:20001',
    );
  });

  test.each([
    ['not ready', { status: { ...ready, conditions: [{ type: 'Ready', status: 'False' }] } }, true],
    ['without conditions', { status: { podIP: '10.0.0.1' } }, true],
    ['without an address', { status: { conditions: ready.conditions } }, true],
    ['without a port', { spec: { containers: [{ name: 'ui' }] } }, true],
    [
      'with a port that is none',
      { metadata: { name: 'p', labels, annotations: { 'kubefox.io/port': 'x' } } },
      true,
    ],
    ['ending', { metadata: { name: 'p', labels, deletionTimestamp: new Date() } }, false],
    ['failed', { status: { ...ready, phase: 'Failed' } }, false],
  ])('a pod %s is not reached', (_, change, isAlive) => {
    const pod = readRoutedPod({ metadata: { name: 'p', labels }, spec, status: ready, ...change });
    expect(pod).toMatchObject({ isAlive });
    expect(pod?.origin).toBeUndefined();
  });

  test('call ports are read, and what is none is damage', () => {
    expect(withCallPorts('{"api":20017,"db":20018}')?.callPorts).toEqual(
      new Map(Object.entries({ api: 20017, db: 20018 })),
    );
    for (const damaged of ['{', 'null', '{"api":"20017"}', '{"api":0}', '{"api":65536}', '[1.5]']) {
      expect(withCallPorts(damaged)).toMatchObject({
        callPorts: new Map(),
        damage: expect.stringContaining('call-ports'),
      });
    }
  });

  test.each([[{}], [{ name: 'p' }], [{ labels }]])('%j is none of fox', (metadata) => {
    expect(readRoutedPod({ metadata })).toBeUndefined();
  });
});
