import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenges } from '../../../../src/images/registry/challenge.ts';

test.each<[string | string[], ReturnType<typeof parseChallenges>]>([
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [
      {
        scheme: 'bearer',
        parameters: {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:a/b:pull,push',
        },
      },
    ],
  ],
  ['Basic realm="Registry, \\"mine\\""', [{ scheme: 'basic', parameters: { realm: 'Registry, "mine"' } }]],
  [
    'Basic realm=x, Bearer REALM = "https://y" ,error=invalid_token',
    [
      { scheme: 'basic', parameters: { realm: 'x' } },
      { scheme: 'bearer', parameters: { realm: 'https://y', error: 'invalid_token' } },
    ],
  ],
  [
    ['Negotiate', 'Basic realm="x"'],
    [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ],
  ],
  ['', []],
])('%s', (header, expected) => {
  expect(parseChallenges(header)).toEqual(expected);
});

test('no header, no challenge', () => {
  expect(parseChallenges(undefined)).toEqual([]);
});

test('any text is read to an end', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseChallenges(text).length).toBeLessThanOrEqual(text.length);
    }),
  );
});

test('a parameter comes back as it was quoted', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const quoted = value.replaceAll(/["\\]/g, String.raw`\$&`);
      const [challenge] = parseChallenges(`Bearer realm="${quoted}",service="x"`);
      expect(challenge?.parameters['realm']).toBe(value);
    }),
  );
});
