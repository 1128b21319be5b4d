// Sets of addresses.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEverybody, networkFlaw, Networks } from '../../../../src/core/routing/networks.ts';

const notAnAddress = 'must be an address or a network, such as 192.0.2.1 or 10.0.0.0/8';

describe('a set of networks', () => {
  test.each([
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.1.2.3/8', '10.200.0.1', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['10.0.0.0/8', '::10.1.2.3', false],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['0.0.0.0/0', 'unknown', false],
    ['0.0.0.0/0', '', false],
  ])('%s has %s: %s', (network, address, isIn) => {
    expect(new Networks([network]).has(address)).toBe(isIn);
  });

  test('has what one of its networks has', () => {
    const networks = new Networks(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']);
    expect(['10.9.9.9', '2001:db8::1', '192.0.2.7', '192.0.2.8'].map((each) => networks.has(each))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(new Networks([]).isEmpty).toBe(true);
  });

  test('has an address exactly if their first bits are equal', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (network, address, prefix) => {
        const isIn = bits(network).slice(0, prefix) === bits(address).slice(0, prefix);
        const networks = new Networks([`${network}/${prefix}`]);
        expect([networks.has(address), networks.has(`::ffff:${address}`)]).toEqual([isIn, isIn]);
      }),
    );
  });
});

test.each([
  ['10.0.0.0/8', undefined],
  ['2001:db8::1', undefined],
  ['10.0.0.0/33', 'must have a prefix length from 0 to 32 behind its "/"'],
  ['2001:db8::/129', 'must have a prefix length from 0 to 128 behind its "/"'],
  ['10.0.0.0/', 'must have a prefix length from 0 to 32 behind its "/"'],
  ['10.0.0.0/8/8', 'must have a prefix length from 0 to 32 behind its "/"'],
  ['10.0.0.0/255.0.0.0', 'must have a prefix length from 0 to 32 behind its "/"'],
  ['proxy.example.com', notAnAddress],
  ['10.0.0/8', notAnAddress],
  ['010.0.0.1', notAnAddress],
  ['10.0.0.1:80', notAnAddress],
  ['fe80::1%eth0', notAnAddress],
  ['', notAnAddress],
])('the flaw of "%s": %s', (name, flaw) => {
  expect(networkFlaw(name)).toBe(flaw);
  expect(new Networks([name]).isEmpty).toBe(flaw !== undefined);
});

test('everybody is in a network without a prefix', () => {
  expect(['0.0.0.0/0', '::/0', '10.0.0.0/8', '0.0.0.0', 'no'].map(isEverybody)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

function bits(address: string): string {
  const bytes = address.split('.').map((each) => Number(each).toString(2).padStart(8, '0'));
  return bytes.join('');
}
