// Routes of all apps of an environment, matched together, with the values of the environment.
import { describe, expect, test } from 'vitest';
import { releaseTies } from '../../../../src/actions/release/release-ties.ts';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';
import { namespaceOf, recordOf } from '../namespace-fixture.ts';

/** A version of an app with one component that has these routes. */
function appOf(app: string, ...rules: string[]): VersionManifest {
  const manifest = manifestOf('v1', { [app]: {} });
  const components = Object.fromEntries(
    Object.entries(manifest.components).map(([name, component]) => [
      name,
      { ...component, routes: rules.map((rule) => ({ rule })) },
    ]),
  );
  return { ...manifest, app, components };
}

const shop = appOf('shop', 'PathPrefix(`/{{.Vars.REGION}}`)');
const pay = appOf('pay', 'PathPrefix(`/eu`)');
const own = appOf('own', 'PathPrefix(`/{{.Vars.A}}`)', 'PathPrefix(`/{{.Vars.B}}`)');
const released = { prod: { shop: recordOf('v1'), pay: recordOf('v1') } };
const state = namespaceOf({ versions: [shop, pay].map((manifest) => ({ manifest })), releases: released });

describe('routes tie', () => {
  test('where the values of the environment make them match the same', () => {
    expect(releaseTies(state, { name: 'prod', vars: { REGION: 'eu' } })).toEqual([
      'shop/shop routes.0 PathPrefix(`/{{.Vars.REGION}}`) and pay/pay routes.0 PathPrefix(`/eu`) both match GET /eu, and only a priority could decide between them',
    ]);
    expect(releaseTies(state, { name: 'prod', vars: { REGION: ['us', 'eu'] } })).toHaveLength(1);
    expect(releaseTies(state, { name: 'prod', vars: { REGION: 'us' } })).toEqual([]);
    expect(releaseTies(state, { name: 'other', vars: { REGION: 'eu' } })).toEqual([]);
  });

  test('as far as is known', () => {
    const [a, b] = ['[ab]*a[ab]{200}', '[ab]*b[ab]{200}'].map((regex) => `Path(\`/{:${regex}}\`)`);
    const environment = { name: 'other', vars: {} };
    expect(
      releaseTies(state, environment, { manifest: appOf('own', a ?? '', b ?? ''), environment }),
    ).toEqual([
      `own/own routes.0 ${a} and own/own routes.1 ${b} may both match some requests (no example was found), and only a priority could decide between them`,
    ]);
  });

  test('of one app, too, once values make them equal', () => {
    const environment = { name: 'prod', vars: { REGION: 'us', A: 'x', B: 'x' } };
    expect(releaseTies(state, environment, { manifest: own, environment })).toHaveLength(1);
    const apart = { ...environment, vars: { ...environment.vars, B: 'y' } };
    expect(releaseTies(state, apart, { manifest: own, environment: apart })).toEqual([]);
  });

  test('not with what is replaced', () => {
    const manifest = appOf('pay', 'PathPrefix(`/pay`)');
    const environment = { name: 'prod', vars: { REGION: 'eu' } };
    expect(releaseTies(state, environment, { manifest, environment })).toEqual([]);
  });

  test('by what a release holds on to, not by what the environment says', () => {
    const held = namespaceOf({
      versions: [shop, pay].map((manifest) => ({ manifest })),
      releases: { prod: { ...released.prod, shop: recordOf('v1', { config: 'shop-config-prod-1' }) } },
      configurations: [
        {
          app: 'shop',
          revision: 1,
          environment: { name: 'prod', vars: { REGION: 'us' }, configuration: 'd' },
        },
      ],
    });
    expect(releaseTies(held, { name: 'prod', vars: { REGION: 'eu' } })).toEqual([]);
    const lost = { ...held, configurations: [] };
    expect(releaseTies(lost, { name: 'prod', vars: { REGION: 'eu' } })).toEqual([]);
  });
});
