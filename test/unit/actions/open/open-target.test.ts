// What `fox open` leads to.
import { expect, test } from 'vitest';
import { openTarget } from '../../../../src/actions/open/open-target.ts';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';
import { namespaceOf, recordOf, type Sketch } from '../namespace-fixture.ts';

const plain = manifestOf('v1', { web: {} });
const components = Object.entries(plain.components).map(([name, each]) => [
  name,
  { ...each, routes: [{ rule: 'PathPrefix(`/shop/cart`)' }, { rule: 'PathPrefix(`/shop`)' }] },
]);
const manifest: VersionManifest = { ...plain, components: Object.fromEntries(components) };
const place = { app: 'shop', defaultEnvironment: 'dev' };

function target(virtualEnv: string, version?: string, sketch: Sketch = {}) {
  const state = namespaceOf({
    versions: [{ manifest, runsIn: ['dev'] }],
    environments: [{ name: 'dev' }, { name: 'lost', parent: 'gone' }],
    releases: { dev: { shop: recordOf('v1') } },
    ...sketch,
  });
  return openTarget(state, { virtualEnv, ...(version === undefined ? {} : { version }) }, place);
}

test('what is released needs no name, and has the shortest path that it answers', () => {
  expect(target('dev')).toMatchObject({ environment: 'dev', path: '/shop' });
  expect(target('dev')).not.toHaveProperty('deployment');
});

test('a version is named with its app where another app has one of that name', () => {
  expect(target('dev', 'v1').deployment).toBe('v1');
  const other = { manifest: { ...manifest, app: 'pay' } };
  expect(target('dev', 'v1', { versions: [{ manifest }, other] }).deployment).toBe('shop-v1');
});

test('there is nothing to open where nothing is released', () => {
  expect(() => target('dev', undefined, { releases: {} })).toThrow('nothing is released');
});

test('an environment that can not be used is refused, with what mends it: nobody knows whom it lets in', () => {
  expect(() => target('lost', 'v1')).toThrowError(
    expect.objectContaining({
      code: 'REFUSED',
      hints: expect.arrayContaining([expect.stringContaining('fox env set -e lost --no-parent')]) as string[],
    }),
  );
});
