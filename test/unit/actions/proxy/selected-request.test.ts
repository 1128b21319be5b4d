// What `fox proxy` adds to requests: only what they don't say themselves, in any of the ways to say it.
import { expect, test } from 'vitest';
import { withSelectors } from '../../../../src/actions/proxy/selected-request.ts';

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
