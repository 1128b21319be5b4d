// Signed links: good for exactly what was signed, until they expire.
import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { accessKeyOf, type Link, LinkVerifier, signLink } from '../../../../src/core/routing/signed-link.ts';

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const linkKey = newKey();
const accessKey = accessKeyOf(linkKey);
const hour = 3_600_000;
const link: Link = { deployment: 'v2', environment: 'team-a' };

test('is good until its time is over, however often it is asked', () => {
  const links = new LinkVerifier();
  const signature = signLink(link, linkKey, 10 * hour);
  for (const now of [0, 9 * hour, 10 * hour - 1])
    expect(links.flawOf(link, signature, accessKey, now)).toBeUndefined();
  expect(links.flawOf(link, signature, accessKey, 10 * hour)).toBe(
    'its link expired at 1970-01-01T10:00:00.000Z',
  );
});

test('is of one version in one environment, by one key', () => {
  const anyLink = fc.record(
    { deployment: fc.constantFrom('v1', 'v2', ''), environment: fc.constantFrom('a', 'b', 'v1') },
    { requiredKeys: ['environment'] },
  );
  const links = new LinkVerifier();
  fc.assert(
    fc.property(anyLink, anyLink, (signed, asked) => {
      const flaw = links.flawOf(asked, signLink(signed, linkKey, hour), accessKey, 0);
      const same =
        signed.environment === asked.environment && (signed.deployment ?? '') === (asked.deployment ?? '');
      expect(flaw === undefined).toBe(same);
    }),
  );
  const signature = signLink(link, linkKey, hour);
  expect(links.flawOf(link, signature, accessKeyOf(newKey()), 0)).toMatch(/forged/);
  expect(links.flawOf(link, signature, 'no key', 0)).toMatch(/forged/);
});

test('whatever is changed in a signature, it is not good any more; nothing throws', () => {
  const links = new LinkVerifier();
  const signature = signLink(link, linkKey, hour);
  fc.assert(
    fc.property(fc.nat(signature.length - 2), fc.string({ minLength: 1, maxLength: 3 }), (at, text) => {
      const changed = `${signature.slice(0, at)}${text}${signature.slice(at + text.length)}`;
      fc.pre(changed !== signature);
      // The last digit of base64url has bits to spare.
      fc.pre(changed.slice(0, -1) !== signature.slice(0, -1));
      expect(links.flawOf(link, changed, accessKey, 0)).toBeDefined();
    }),
    { numRuns: 300 },
  );
});

test('remembers a bounded number of signatures, and forgets without mistaking any', () => {
  const links = new LinkVerifier();
  const signature = signLink(link, linkKey, hour);
  for (let index = 0; index < 1_100; index += 1) {
    const other = { ...link, deployment: `x${index}` };
    expect(links.flawOf(other, signature, accessKey, 0)).toBeDefined();
    expect(links.flawOf(other, signLink(other, linkKey, hour), accessKey, 0)).toBeUndefined();
  }
  expect(links.flawOf(link, signature, accessKey, 0)).toBeUndefined();
});
