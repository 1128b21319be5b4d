// Pods as the router reads them.
import { describe, expect, test } from 'vitest';
import { readRoutedPod } from '../../../../src/router/cluster/routed-pod.ts';

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
      uid: 'p',
      calls: [],
      addresses: ['10.0.0.1'],
      since: 0,
      mayCall: true,
      callPorts: new Map(),
    });
  });

  test('the port is that of the container which has the name of the component, and of it the one named http', () => {
    const containers = [
      { name: 'proxy', ports: [{ containerPort: 15_001 }] },
      {
        name: 'ui',
        ports: [
          { name: 'metrics', containerPort: 9_090 },
          { name: 'http', containerPort: 3_000 },
        ],
      },
    ];
    const pod = readRoutedPod({ metadata: { name: 'p', labels }, spec: { containers }, status: ready });
    expect(pod?.origin).toBe('http://10.0.0.1:3000');
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

  test('as a caller it has all of its addresses, and what it declares to call', () => {
    const annotations = { 'kubefox.io/calls': 'api,db' };
    const metadata = { name: 'p', uid: 'u-1', labels, annotations };
    const status = {
      ...ready,
      podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
      startTime: new Date('2026-01-01T00:00:01Z'),
    };
    expect(readRoutedPod({ metadata, spec, status })).toMatchObject({
      uid: 'u-1',
      calls: ['api', 'db'],
      addresses: ['10.0.0.1', 'fd00::1'],
      since: Date.parse('2026-01-01T00:00:01Z'),
    });
  });

  test("on the host's network it has no address of its own", () => {
    const pod = readRoutedPod({
      metadata: { name: 'p', labels },
      spec: { ...spec, hostNetwork: true },
      status: ready,
    });
    expect(pod).toMatchObject({ addresses: [], origin: 'http://10.0.0.1:8080' });
  });

  const container = { name: 'ui', image: 'i', imageID: 'i', ready: true, restartCount: 0 };
  test.each([
    ['none of its containers is known', {}, true],
    ['its container runs', { containerStatuses: [{ ...container, state: { running: {} } }] }, true],
    [
      'one of two runs',
      {
        initContainerStatuses: [{ ...container, state: { running: {} } }],
        containerStatuses: [{ ...container, state: { waiting: {} } }],
      },
      true,
    ],
    [
      'its container has ended',
      { containerStatuses: [{ ...container, state: { terminated: { exitCode: 0 } } }] },
      false,
    ],
    ['it has failed', { phase: 'Failed' }, false],
    ['it has succeeded', { phase: 'Succeeded' }, false],
  ])('when %s, it may call: %#', (_, change, mayCall) => {
    const metadata = { name: 'p', labels, deletionTimestamp: new Date(), deletionGracePeriodSeconds: 30 };
    const pod = readRoutedPod({ metadata, spec, status: { ...ready, ...change } });
    expect(pod).toMatchObject({ mayCall, graceSeconds: 30 });
  });

  test.each([[{}], [{ name: 'p' }], [{ labels }]])('%j is none of fox', (metadata) => {
    expect(readRoutedPod({ metadata })).toBeUndefined();
  });
});
