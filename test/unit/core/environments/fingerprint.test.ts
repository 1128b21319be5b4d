// Fingerprints tell equal values from others, and depend on the key.
import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { fingerprintOf, secretKey, shortFingerprint } from '../../../../src/core/environments/fingerprint.ts';

const key = Buffer.alloc(32, 1);

test('are those of HMAC-SHA256', () => {
  // RFC 4231, test case 2.
  expect(fingerprintOf(Buffer.from('Jefe'), 'what do ya want for nothing?')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('are equal for equal values by the same key only', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
      expect(fingerprintOf(key, one) === fingerprintOf(key, other)).toBe(one === other);
      expect(fingerprintOf(Buffer.alloc(32, 2), one)).not.toBe(fingerprintOf(key, one));
    }),
  );
});

test('name a key of a Secret, and are shown short', () => {
  const fingerprint = fingerprintOf(key, 'geheim');
  expect(secretKey('DB_PASSWORD', fingerprint)).toBe(`DB_PASSWORD.${fingerprint.slice(0, 16)}`);
  expect(shortFingerprint(fingerprint)).toBe(fingerprint.slice(0, 8));
});
