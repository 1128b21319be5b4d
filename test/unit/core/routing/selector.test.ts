// Selectors: precedence, what is refused, and that nothing else of a target changes.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isProblem } from '../../../../src/core/routing/problem.ts';
import { takeSelectors } from '../../../../src/core/routing/selector.ts';

describe('takeSelectors', () => {
  test.each([
    ['/', [], {}, '/'],
    ['/a?b=1&b=2', [], {}, '/a?b=1&b=2'],
    ['/?kf-dep=v1', [], { deployment: 'v1' }, '/'],
    ['/?kf-dep=v1&kf-ve=dev', [], { deployment: 'v1', environment: 'dev' }, '/'],
    ['/a?x=%20+&kf-dep=v1&&y', [], { deployment: 'v1' }, '/a?x=%20+&&y'],
    ['/?kf-dep=feature%2Fx', [], { deployment: 'feature/x' }, '/'],
    ['/?kf%2Ddep=v1', [], { deployment: 'v1' }, '/'],
    ['/?KF-DEP=v1', [], {}, '/?KF-DEP=v1'],
    ['/?kf-dep-x=v1', [], {}, '/?kf-dep-x=v1'],
    ['/kf-dep=v1', [], {}, '/kf-dep=v1'],
    ['/', ['Kf-Dep', 'v1', 'KF-VE', ' dev '], { deployment: 'v1', environment: 'dev' }, '/'],
    ['/?kf-dep=short', ['kubefox-app-deployment', 'header'], { deployment: 'header' }, '/'],
    [
      '/?kubefox-app-deployment=query&kf-dep=short',
      ['kubefox-app-deployment', 'header'],
      { deployment: 'query' },
      '/',
    ],
    ['/?kf-ve=query', ['kf-ve', 'header'], { environment: 'query' }, '/'],
    ['/?kubefox-virtual-environment=long&kf-ve=short', [], { environment: 'long' }, '/'],
  ])('%s with %j', (target, headers, selectors, rest) => {
    expect(takeSelectors(target, headers)).toEqual({ selectors, target: rest });
  });

  test.each([
    ['/?kf-dep=', [], /query kf-dep is empty/],
    ['/?kf-dep', [], /query kf-dep is empty/],
    ['/?kf-ve=%20', [], /query kf-ve is empty/],
    ['/?kf-dep=v1&kf-dep=v2', [], /query kf-dep is given more than once/],
    ['/?kf-dep=v1&kf-dep=v1', [], /more than once/],
    ['/', ['kf-ve', 'a', 'KF-VE', 'a'], /header kf-ve is given more than once/],
    ['/', ['kf-ve', ''], /header kf-ve is empty/],
    ['/?kf-dep=%zz', [], /percent-encoded/],
    [`/?kf-dep=${'v'.repeat(1_000)}`, [], /longer than/],
  ])('%s with %j is refused', (target, headers, detail) => {
    expect(takeSelectors(target, headers)).toMatchObject({
      problem: 'bad-selector',
      detail: expect.stringMatching(detail),
    });
  });

  test('other parameters keep order and bytes, wherever selectors stand between them', () => {
    const anyParameter = fc
      .stringMatching(/^[a-zA-Z0-9%+=._~!*;:@/?-]{0,12}$/)
      .filter((text) => !/kf|kubefox/i.test(text));
    const anySelector = fc.constantFrom(
      'kf-dep=v1',
      'kf-ve=dev',
      'kubefox-app-deployment=x',
      'kubefox-virtual-environment=y',
    );
    fc.assert(
      fc.property(
        fc.array(anyParameter, { minLength: 1 }),
        fc.uniqueArray(anySelector),
        fc.nat(),
        (parameters, selectors, seed) => {
          const mixed = [...parameters];
          for (const [index, selector] of selectors.entries())
            mixed.splice((seed + index * 7) % (mixed.length + 1), 0, selector);
          const taken = takeSelectors(`/path?${mixed.join('&')}`, []);
          expect(isProblem(taken) ? taken : taken.target).toBe(`/path?${parameters.join('&')}`);
        },
      ),
    );
  });
});
