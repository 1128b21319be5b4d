// Context as baggage: reading, writing, and that everybody else's members stay as they are.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contextOf,
  outsideBaggage,
  readBaggage,
  writeBaggage,
} from '../../../../src/core/routing/context.ts';
import { isProblem } from '../../../../src/core/routing/problem.ts';

const context = { deployment: 'shop-v1', environment: 'dev' };

describe('readBaggage', () => {
  test.each([
    [[], { others: [] }],
    [['kf-dep=shop-v1,kf-ve=dev'], { ...context, others: [] }],
    [['a=1, kf-ve = dev ;p=1,b=2'], { environment: 'dev', others: ['a=1', 'b=2'] }],
    [['kf-dep=shop-v1', ' x=%20;y , ,kf-ve=dev'], { ...context, others: [' x=%20;y '] }],
    [['kf-dep=shop%2Dv1;shared,kf-ve=dev'], { ...context, shared: true, others: [] }],
    [['kf-dep=shop-v1,kf-dep=shop-v1,kf-ve=dev'], { ...context, others: [] }],
    [['KF-DEP=shop-v1,kf-depx=1'], { others: ['KF-DEP=shop-v1', 'kf-depx=1'] }],
    [['kf%2Ddep=shop-v1,kf-ve=dev,a%20b=1,a%zz=2'], { ...context, others: ['a%20b=1', 'a%zz=2'] }],
    [[`kf-probe=${'0f'.repeat(16)}`], { probe: '0f'.repeat(16), others: [] }],
    [['kf-probe=a%0D%0Ab%3A c'], { others: [] }],
    [[`kf-probe=${'0f'.repeat(16)}%2Ckf-ve%3Ddev`], { others: [] }],
  ])('%j', (values, expected) => {
    expect(readBaggage(values)).toEqual(expected);
  });

  test.each([
    [['kf-dep=a,kf-dep=b']],
    [['kf-dep=a,kf%2Ddep=b']],
    [['kf-ve=a', 'kf-ve=b']],
    [['kf-dep=']],
    [['kf-dep']],
  ])('refuses %j', (values) => {
    expect(readBaggage(values)).toMatchObject({ problem: 'bad-context' });
  });
});

test('half a context is a problem, none is none', () => {
  expect(contextOf({ others: [], deployment: 'a' })).toMatchObject({
    problem: 'bad-context',
    detail: expect.stringMatching(/kf-dep alone/),
  });
  expect(contextOf({ others: [], environment: 'a' })).toMatchObject({
    problem: 'bad-context',
    detail: expect.stringMatching(/kf-ve alone/),
  });
  expect(contextOf({ others: ['a=1'] })).toBeUndefined();
  expect(contextOf({ others: [], ...context })).toEqual(context);
});

test('what comes from outside says nothing about the context', () => {
  expect(outsideBaggage(['a=1,kf-dep=x,kf-dep=y', 'kf-ve=z, b=2;c'])).toEqual(['a=1', ' b=2;c']);
  // What becomes a key of ours once a component's library has read and written it.
  for (const key of ['kf%2Ddep', '%6B%66-ve', '+kf-dep', '%20kf-dep', '%2bkf-dep', 'kf%252Ddep', 'kf-%zz'])
    expect(outsideBaggage([`a=1,${key}=shop-v2`])).toEqual(['a=1']);
});

describe('writeBaggage', () => {
  test('ours first, the others as they are; nothing to carry is no header', () => {
    expect(writeBaggage(context, [' a=1', 'b=%20'])).toBe('kf-dep=shop-v1,kf-ve=dev, a=1,b=%20');
    expect(writeBaggage({ ...context, shared: true }, [])).toBe('kf-dep=shop-v1;shared,kf-ve=dev');
    expect(writeBaggage(undefined, ['a=1'])).toBe('a=1');
    expect(writeBaggage(undefined, [])).toBeUndefined();
  });

  test('stays within the limits of W3C baggage by leaving out whole members', () => {
    const many =
      writeBaggage(
        context,
        Array.from({ length: 100 }, (_, index) => `k${index}=1`),
      ) ?? '';
    expect(many.split(',')).toHaveLength(64);
    const long = writeBaggage(context, ['a=1', `b=${'x'.repeat(8_000)}`, `c=${'y'.repeat(8_000)}`]) ?? '';
    expect(long.length).toBeLessThanOrEqual(8_192);
    expect(long.startsWith('kf-dep=shop-v1,kf-ve=dev,a=1,b=xxx')).toBe(true);
  });

  test('is read back as what was written, over any number of hops', () => {
    const anyMember = fc
      .stringMatching(/^ ?[a-z]{1,5}=[a-z0-9%;=]{0,10}$/)
      .filter((member) => !member.includes('kf-'));
    fc.assert(
      fc.property(fc.array(anyMember, { maxLength: 20 }), fc.boolean(), (others, shared) => {
        const carried = { ...context, ...(shared ? { shared } : {}) };
        let written = writeBaggage(carried, others) ?? '';
        for (let hop = 0; hop < 3; hop++) {
          const read = readBaggage([written]);
          if (isProblem(read)) throw new Error(read.detail);
          written = writeBaggage({ ...context, ...(read.shared ? { shared: true } : {}) }, read.others) ?? '';
          expect(read).toEqual({ ...carried, others });
        }
      }),
    );
  });
});
