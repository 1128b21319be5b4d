// Addresses of pods: each belongs to the youngest pod that has had it, and to nobody once that has ended.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AddressClaim, PodAddresses } from '../../../../src/router/callers/pod-addresses.ts';

const address = '10.0.0.7';

function claim(uid: string, change: Partial<AddressClaim> = {}): AddressClaim {
  const caller = { app: 'shop', component: uid, workload: `shop/${uid}/1`, calls: [] };
  return { uid, addresses: [address], since: 1_000, mayCall: true, caller, ...change };
}

describe('an address', () => {
  test('belongs to its pod from the moment it is told of until the pod is gone', () => {
    const addresses = new PodAddresses();
    addresses.set(claim('a', { addresses: [] }));
    expect(addresses.ownerOf(address)).toBeUndefined();
    addresses.set(claim('a'));
    expect(addresses.ownerOf(address)?.component).toBe('a');
    addresses.delete('a');
    expect(addresses.ownerOf(address)).toBeUndefined();
  });

  test('of a pod whose processes have ended belongs to nobody', () => {
    const addresses = new PodAddresses();
    addresses.set(claim('a'));
    addresses.set(claim('a', { mayCall: false }));
    expect(addresses.ownerOf(address)).toBeUndefined();
  });

  test('of a pod that is ending is its own until its time is over', () => {
    let now = 0;
    const addresses = new PodAddresses(() => now);
    addresses.set(claim('a', { endsIn: 30_000 }));
    now = 31_000;
    expect(addresses.ownerOf(address)?.component).toBe('a');
    // Being told again doesn't begin its time anew.
    addresses.set(claim('a', { endsIn: 30_000 }));
    now = 33_000;
    expect(addresses.ownerOf(address)).toBeUndefined();
  });

  test('that another pod gets never comes back to the one before, in whatever order they are told of', () => {
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const addresses = new PodAddresses();
      for (const uid of order) addresses.set(claim(uid, { since: uid === 'a' ? 1_000 : 2_000 }));
      expect(addresses.ownerOf(address)?.component).toBe('b');
      addresses.set(claim('a'));
      expect(addresses.ownerOf(address)?.component).toBe('b');
      addresses.delete('b');
      addresses.set(claim('a'));
      expect(addresses.ownerOf(address)).toBeUndefined();
    }
  });

  test('of two pods that were started in the same second is that of the one that was told of later', () => {
    const addresses = new PodAddresses();
    addresses.set(claim('a'));
    addresses.set(claim('b'));
    addresses.set(claim('a'));
    expect(addresses.ownerOf(address)?.component).toBe('b');
  });

  test('that a younger pod had once is not that of an older one that is told of only then', () => {
    const addresses = new PodAddresses();
    addresses.set(claim('b', { since: 2_000 }));
    addresses.delete('b');
    addresses.set(claim('a'));
    expect(addresses.ownerOf(address)).toBeUndefined();
  });

  test('that a pod gave up is free', () => {
    const addresses = new PodAddresses();
    addresses.set(claim('a'));
    addresses.set(claim('a', { addresses: ['10.0.0.8'] }));
    expect(addresses.ownerOf(address)).toBeUndefined();
    expect(addresses.ownerOf('10.0.0.8')?.component).toBe('a');
  });
});

test('whatever happens in whatever order, an address is that of the youngest pod that has it now, or of nobody', () => {
  const born: Readonly<Record<string, number>> = { a: 1, b: 2, c: 3 };
  const anyStep = fc.record({
    uid: fc.constantFrom(...Object.keys(born)),
    what: fc.constantFrom('set', 'end', 'delete'),
    at: fc.constantFrom('10.0.0.1', '10.0.0.2'),
  });
  fc.assert(
    fc.property(fc.array(anyStep), (steps) => {
      const addresses = new PodAddresses();
      const living = new Map<string, { at: string; mayCall: boolean }>();
      for (const { uid, what, at } of steps) {
        if (what === 'delete') {
          addresses.delete(uid);
          living.delete(uid);
        } else {
          const mayCall = what === 'set';
          addresses.set(claim(uid, { addresses: [at], since: born[uid] ?? 0, mayCall }));
          living.set(uid, { at, mayCall });
        }
        for (const each of ['10.0.0.1', '10.0.0.2']) {
          const owner = addresses.ownerOf(each)?.component;
          if (owner === undefined) continue;
          const there = [...living].filter((pod) => pod[1].at === each).map(([name]) => name);
          const [youngest] = there.toSorted((x, y) => (born[y] ?? 0) - (born[x] ?? 0));
          expect(owner).toBe(youngest);
          expect(living.get(owner)?.mayCall).toBe(true);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
