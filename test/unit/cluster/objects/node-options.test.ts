// How a pod's Node process is told to pass the context on: by NODE_OPTIONS, beside what the component has there itself.
import { describe, expect, test } from 'vitest';
import { loadingOption } from '../../../../src/cluster/objects/node-options.ts';
import { workloadObject } from '../../../../src/cluster/objects/workload-object.ts';
import type { PodTemplate } from '../../../../src/core/version/manifest.ts';
import { workloadWith } from './workload-fixture.ts';

/** Replaced by the text that pods are given. */
declare const FOX_PRELOAD: string;

const load = loadingOption(FOX_PRELOAD);
const propagation = { node: 1 };

function variablesOf(template: Partial<PodTemplate>, env: Readonly<Record<string, string>> = {}) {
  const workload = { ...workloadWith(template), env };
  const object = workloadObject(workload, { version: 'v1', commit: 'c' }, { image: 'web' });
  return object.spec?.template.spec?.containers[0]?.env ?? [];
}

const ofNode = (...given: Parameters<typeof variablesOf>) =>
  variablesOf(...given).filter(({ name }) => name.includes('NODE_OPTIONS'));

describe('the preload', () => {
  test('is in NODE_OPTIONS where it is asked for, whole and small', () => {
    expect(ofNode({ propagation })).toEqual([{ name: 'NODE_OPTIONS', value: load }]);
    expect(load).not.toMatch(/\$|"|\\|(?<!--import) /);
    expect(load.length).toBeLessThan(FOX_PRELOAD.length);
    expect(FOX_PRELOAD).not.toMatch(/\bfrom\s*"(?=[./\w])(?!node:)/);
  });

  test('is not where it is not asked for', () => {
    expect(ofNode({})).toEqual([]);
    expect(ofNode({}, { NODE_OPTIONS: '--enable-source-maps' })).toEqual([
      { name: 'NODE_OPTIONS', value: '--enable-source-maps' },
    ]);
  });

  test('stands beside the options of the component', () => {
    expect(ofNode({ propagation }, { NODE_OPTIONS: '--enable-source-maps' })).toEqual([
      { name: 'NODE_OPTIONS', value: `--enable-source-maps ${load}` },
    ]);
  });

  test('stands beside options that only the cluster knows', () => {
    expect(ofNode({ propagation, references: { NODE_OPTIONS: 'configMap/node/options' } })).toEqual([
      {
        name: 'FOX_OWN_NODE_OPTIONS',
        valueFrom: { configMapKeyRef: { name: 'node', key: 'options' } },
      },
      { name: 'NODE_OPTIONS', value: `$(FOX_OWN_NODE_OPTIONS) ${load}` },
    ]);
  });

  test('of a format that this fox does not know is refused with both', () => {
    expect(() => variablesOf({ propagation: { node: 2 } })).toThrow(/format 2; this fox knows format 1/);
  });
});

test('a process is told by name which components it may call', () => {
  expect(variablesOf({ calls: ['api-server', 'state'] })).toContainEqual({
    name: 'FOX_CALLS',
    value: 'api-server,state',
  });
  expect(variablesOf({ calls: [] }).map(({ name }) => name)).not.toContain('FOX_CALLS');
});
