// What `fox proxy` adds to requests: only what they don't say themselves, in any of the ways to say it.
import { expect, test } from 'vitest';
import { withSelectors } from '../../../../src/actions/proxy/selected-request.ts';
import type { Link } from '../../../../src/core/routing/signed-link.ts';

const added = { deployment: 'v2', environment: 'team-a' };
const host = ['Host', 'localhost'];

test.each([
  ['/', [], ['kf-dep', 'v2', 'kf-ve', 'team-a']],
  ['/?kf-dep=v1', [], ['kf-ve', 'team-a']],
  ['/?x=1&kubefox-app-deployment=v1', [], ['kf-ve', 'team-a']],
  ['/?kf-ve=dev', [], ['kf-dep', 'v2']],
  ['/', ['KF-Dep', 'v1'], ['kf-ve', 'team-a']],
  ['/', ['kubefox-virtual-environment', 'dev'], ['kf-dep', 'v2']],
  ['/?kf-dep=v1', ['kf-ve', 'dev'], []],
  // What the router will refuse isn't made valid.
  ['/?kf-dep=', [], []],
])('%s with %j gets %j', (target, headers, expected) => {
  const given = [...host, ...headers];
  expect(withSelectors(target, given, added)).toEqual([...given, ...expected]);
});

test('only what was asked for is added', () => {
  expect(withSelectors('/', host, { environment: 'dev' })).toEqual([...host, 'kf-ve', 'dev']);
  expect(withSelectors('/', host, {})).toEqual(host);
});

test.each([
  ['/', [], 'team-a v2'],
  ['/?kf-dep=v1', [], 'team-a v1'],
  ['/', ['kubefox-virtual-environment', 'team-a'], 'team-a v2'],
  ['/?kf-ve=dev', [], undefined],
  ['/?kf-sig=own', [], undefined],
  ['/', ['kf-sig', 'own'], undefined],
])('%s with %j is signed for %s', (target, headers, link) => {
  const signer = {
    environment: 'team-a',
    sign: ({ environment, deployment = '-' }: Link) => `${environment} ${deployment}`,
  };
  const given = [...host, ...headers];
  const signature = link === undefined ? [] : ['kf-sig', link];
  const made = withSelectors(target, given, added, signer);
  expect(made).toEqual([...withSelectors(target, given, added), ...signature]);
  // Where no environment is added, the request goes to that of the signer, unless it says otherwise.
  const byVersion = { deployment: 'v2' };
  expect(withSelectors(target, given, byVersion, signer)).toEqual([
    ...withSelectors(target, given, byVersion),
    ...signature,
  ]);
});
