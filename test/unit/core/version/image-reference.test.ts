import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FoxError } from '../../../../src/core/errors.ts';
import {
  canonicalHost,
  formatReference,
  isLoopback,
  parseReference,
  type RegistryReference,
} from '../../../../src/core/version/image-reference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

test.each([
  ['node', 'docker.io/library/node'],
  ['node:24-slim', 'docker.io/library/node:24-slim'],
  ['acme/ui', 'docker.io/acme/ui'],
  ['docker.io/node', 'docker.io/library/node'],
  ['index.docker.io/acme/ui:1', 'docker.io/acme/ui:1'],
  ['registry-1.docker.io/library/node', 'docker.io/library/node'],
  ['localhost/ui', 'localhost/ui'],
  ['localhost:5000/ui:1.2', 'localhost:5000/ui:1.2'],
  ['GHCR.io/acme/ui', 'ghcr.io/acme/ui'],
  ['registry:5000/a/b/c', 'registry:5000/a/b/c'],
  ['[::1]:5000/ui', '[::1]:5000/ui'],
  [`ghcr.io/acme/ui@${digest}`, `ghcr.io/acme/ui@${digest}`],
  [`ghcr.io/acme/ui:1.2@${digest}`, `ghcr.io/acme/ui:1.2@${digest}`],
  ['a/b--c/d__e/f.g:_x', 'docker.io/a/b--c/d__e/f.g:_x'],
])('%s is %s', (text, full) => {
  expect(formatReference(parseReference(text))).toBe(full);
});

test.each([
  ['', 'it is empty'],
  ['https://ghcr.io/acme/ui', 'it is written without a scheme such as https://'],
  ['acme/ui :1', 'it has white space in it'],
  ['acme/ui@a@b', 'it has more than one "@"'],
  ['Acme/ui', '"Acme/ui" must be in lower case'],
  ['ghcr.io/acme//ui', 'it has an empty part between slashes'],
  ['ghcr.io/', 'it lacks the name of a repository'],
  ['ghcr.io/acme/-ui', `"-ui" can't be a part of a repository's name`],
  ['ghcr.io/acme/u___i', `"u___i" can't be a part of a repository's name`],
  ['acme/ui:', 'its tag is empty'],
  ['acme/ui:-1', `"-1" can't be a tag`],
  [`acme/ui:${'x'.repeat(129)}`, `can't be a tag`],
  ['acme/ui@sha256:12', '"sha256:12" is not a digest'],
  [`acme/ui@sha512:${'0'.repeat(128)}`, 'is not a digest: sha256: and 64 hex digits'],
  ['host:0/ui', '"0" is not a port'],
  ['host:65536/ui', '"65536" is not a port'],
  ['host:x1/ui', '"x1" is not a port'],
  ['-host.io/ui', '"-host.io" is not the name of a host'],
  [`ghcr.io/${'a'.repeat(250)}`, 'its name is longer than 255 characters'],
])('%s is refused', (text, why) => {
  expect(() => parseReference(text)).toThrow(
    expect.objectContaining({ code: 'NAME_INVALID', message: expect.stringContaining(why) as string }),
  );
});

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const host = fc.oneof(
  fc.constantFrom('docker.io', 'localhost', 'ghcr.io', '[::1]', '127.0.0.1', 'my-host.example.com'),
  fc.tuple(word, fc.integer({ min: 1, max: 65_535 })).map(([name, port]) => `${name}:${port}`),
);
const part = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '---'), word), { maxLength: 2 }))
  .map(([first, rest]) => first + rest.flat().join(''));
const reference = fc.record(
  {
    host,
    repository: fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
    tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
    digest: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
  },
  { requiredKeys: ['host', 'repository'] },
);

/** The reference, or the code of the error. */
function readOrCode(text: string): RegistryReference | string {
  try {
    return parseReference(text);
  } catch (error) {
    return error instanceof FoxError ? error.code : String(error);
  }
}

describe('for any reference', () => {
  test('what is written in full is read as the same', () => {
    fc.assert(
      fc.property(reference, (given) => {
        const isShort = given.host === 'docker.io' && !given.repository.includes('/');
        const full = isShort ? { ...given, repository: `library/${given.repository}` } : given;
        expect(parseReference(formatReference(given))).toEqual(full);
        expect(parseReference(formatReference(full))).toEqual(full);
      }),
    );
  });

  test('any other text is read as something that stays the same, or refused by name', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9:/@._[\]-]{1,30}$/)), (text) => {
        const read = readOrCode(text);
        expect(typeof read === 'string' ? read : parseReference(formatReference(read))).toEqual(
          typeof read === 'string' ? 'NAME_INVALID' : read,
        );
      }),
    );
  });
});

test('Docker Hub has one name', () => {
  expect(['docker.io', 'index.docker.io', 'Registry-1.docker.io'].map(canonicalHost)).toEqual(
    Array.from({ length: 3 }, () => 'docker.io'),
  );
});

test.each([
  ['localhost', true],
  ['localhost:5000', true],
  ['kind.localhost:5001', true],
  ['127.0.0.1:5000', true],
  ['127.8.8.8', true],
  ['[::1]:5000', true],
  ['localhost.example.com', false],
  ['127.0.0.1.example.com', false],
  ['10.0.0.1:5000', false],
  ['ghcr.io', false],
])('whether %s is this machine: %s', (name, expected) => {
  expect(isLoopback(name)).toBe(expected);
});
