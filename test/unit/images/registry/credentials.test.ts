import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { authFilePaths } from '../../../../src/images/registry/auth-file.ts';
import { credentialsFor } from '../../../../src/images/registry/credentials.ts';
import { dockerConfigJson } from '../../../../src/images/registry/pull-secret.ts';
import { temporaryDirectory } from '../fixture.ts';

const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

/** A home with these files; JSON unless they are text. */
async function homeWith(files: Readonly<Record<string, unknown>>): Promise<{ HOME: string; PATH: string }> {
  const home = await temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    const file = join(home, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    if (path.startsWith('bin/')) await chmod(file, 0o755);
  }
  return { HOME: home, PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}` };
}

/** What Docker's config with these `auths` says. */
async function ask(auths: object, host: string, repository = 'acme/ui') {
  const env = await homeWith({ '.docker/config.json': { auths } });
  const found = await credentialsFor(host, repository, env);
  if (found === undefined) return undefined;
  return found.type === 'password' ? `${found.username}:${found.password}` : `<${found.token}>`;
}

test.each<[string, object, string]>([
  ['a host', { 'ghcr.io': auth('a:b') }, 'a:b'],
  ['a URL', { 'https://ghcr.io': auth('a:b') }, 'a:b'],
  ['a URL with a path', { 'https://ghcr.io/v2/': auth('a:b') }, 'a:b'],
  ['a host with an old path', { 'ghcr.io/v1/': auth('a:b') }, 'a:b'],
  ['a host in other letters', { 'GHCR.io': auth('a:b') }, 'a:b'],
  [
    'the longest path',
    { 'ghcr.io/acme': auth('a:b'), 'ghcr.io': auth('c:d'), 'ghcr.io/acme/ui': auth('e:f') },
    'e:f',
  ],
  [
    'its own path only',
    { 'ghcr.io/acm': auth('a:b'), 'ghcr.io/acme/ui/x': auth('c:d'), 'ghcr.io': auth('e:f') },
    'e:f',
  ],
  ['a password with colons', { 'ghcr.io': auth('a:b:c') }, 'a:b:c'],
  ['zeros at its end', { 'ghcr.io': auth('a:b\0\0') }, 'a:b'],
  ['user and password', { 'ghcr.io': { username: 'a', password: 'b' } }, 'a:b'],
  ['an identity token', { 'ghcr.io': { ...auth('a:b'), identitytoken: 't' } }, '<t>'],
  ['an identity token as a user', { 'ghcr.io': auth('<token>:t') }, '<t>'],
])('credentials are found by %s', async (_, auths, expected) => {
  expect(await ask(auths, 'ghcr.io')).toBe(expected);
});

test.each(['https://index.docker.io/v1/', 'docker.io', 'index.docker.io', 'registry-1.docker.io'])(
  'Docker Hub is known as %s',
  async (key) => {
    expect(await ask({ [key]: auth('a:b') }, 'docker.io')).toBe('a:b');
  },
);

test('ports and other hosts are told apart', async () => {
  const auths = { 'localhost:5000': auth('a:b'), localhost: auth('c:d') };
  expect(await ask(auths, 'localhost:5000')).toBe('a:b');
  expect(await ask(auths, 'localhost')).toBe('c:d');
  expect(await ask(auths, 'localhost:5001')).toBeUndefined();
  expect(await ask({ 'ghcr.io': {} }, 'ghcr.io')).toBeUndefined();
});

test('the files are asked in order, until one knows the registry', async () => {
  const env = await homeWith({
    'given.json': { auths: { 'a.io': auth('given:x') } },
    '.docker/config.json': { auths: { 'a.io': auth('docker:x'), 'b.io': auth('docker:x') } },
    'run/containers/auth.json': { auths: { 'b.io': auth('run:x'), 'c.io': auth('run:x') } },
    '.config/containers/auth.json': { auths: { 'c.io': auth('podman:x'), 'd.io': auth('podman:x') } },
  });
  const all = {
    ...env,
    REGISTRY_AUTH_FILE: join(env.HOME, 'given.json'),
    XDG_RUNTIME_DIR: join(env.HOME, 'run'),
  };
  const users = ['a.io', 'b.io', 'c.io', 'd.io', 'e.io'].map(async (host) => {
    const found = await credentialsFor(host, '', all);
    return found?.type === 'password' ? found.username : undefined;
  });
  expect(await Promise.all(users)).toEqual(['given', 'docker', 'run', 'podman', undefined]);
  expect(authFilePaths({ HOME: '/home/me', DOCKER_CONFIG: '/d', XDG_RUNTIME_DIR: '' })).toEqual([
    '/d/config.json',
    `/run/containers/${process.getuid?.() ?? 0}/auth.json`,
    '/home/me/.config/containers/auth.json',
  ]);
});

test('no file, an empty one and one without registries know nothing', async () => {
  expect(await credentialsFor('ghcr.io', '', await homeWith({}))).toBeUndefined();
  expect(await credentialsFor('ghcr.io', '', await homeWith({ '.docker/config.json': '' }))).toBeUndefined();
  const empty = { auths: null, credHelpers: null, HttpHeaders: {} };
  expect(
    await credentialsFor('ghcr.io', '', await homeWith({ '.docker/config.json': empty })),
  ).toBeUndefined();
});

test.each([
  ['{ "auths": secret', 'is damaged: it is no JSON with credentials'],
  [
    '{ "auths": { "ghcr.io": { "auth": 5 } } }',
    'is damaged: it is no JSON with credentials, at auths.ghcr.io.auth',
  ],
  ['{ "auths": { "ghcr.io": { "auth": "c2VjcmV0" } } }', 'the entry for ghcr.io holds no user and password'],
])('a damaged file is named, without what it holds: %s', async (text, message) => {
  const env = await homeWith({ '.docker/config.json': text });
  const error: unknown = await credentialsFor('ghcr.io', '', env).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'REGISTRY_DENIED',
    message: expect.stringContaining(message) as string,
  });
  expect(`${String(error)}${JSON.stringify(error)}`).not.toMatch(/secret|c2VjcmV0/);
});

const helper = (answer: string) => `#!/bin/sh\nread -r server\n${answer}\n`;

test('a helper of the registry is asked before the one of all', async () => {
  const env = await homeWith({
    '.docker/config.json': {
      credHelpers: { 'https://ghcr.io': 'one' },
      credsStore: 'all',
      auths: { 'ghcr.io': {} },
    },
    'bin/docker-credential-one': helper(`echo '{"Username":"one","Secret":"s"}'`),
    'bin/docker-credential-all': helper(`echo "{\\"Username\\":\\"$server $1\\",\\"Secret\\":\\"s\\"}"`),
  });
  expect(await credentialsFor('ghcr.io', 'x', env)).toMatchObject({ username: 'one', password: 's' });
  expect(await credentialsFor('quay.io', 'x', env)).toMatchObject({ username: 'quay.io get' });
  expect(await credentialsFor('docker.io', 'x', env)).toMatchObject({
    username: 'https://index.docker.io/v1/ get',
  });
});

test('a helper that does not know the registry is not an error, its token is an identity', async () => {
  const env = await homeWith({
    '.docker/config.json': { credsStore: 'unknown', credHelpers: { 'a.io': 'token' } },
    '.config/containers/auth.json': { auths: { 'ghcr.io': auth('a:b') } },
    'bin/docker-credential-unknown': helper('echo "credentials not found in native keychain"; exit 1'),
    'bin/docker-credential-token': helper(`echo '{"Username":"<token>","Secret":"t"}'`),
  });
  expect(await credentialsFor('ghcr.io', 'x', env)).toMatchObject({ username: 'a' });
  expect(await credentialsFor('a.io', 'x', env)).toMatchObject({ type: 'identity', token: 't' });
});

test.each([
  ['echo "the keychain is locked"; exit 1', 'the keychain is locked'],
  ['exit 3', 'it gave no reason'],
  [`echo '{"Username":"a","Secret":"top-secret"}'; exit 1`, 'it gave no reason'],
  ['echo top-secret', 'its answer holds no credentials'],
])('a helper that fails is named: %s', async (script, why) => {
  const env = await homeWith({
    '.docker/config.json': { credsStore: 'bad' },
    'bin/docker-credential-bad': helper(script),
  });
  const error: unknown = await credentialsFor('ghcr.io', 'x', env).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'REGISTRY_DENIED',
    message: `docker-credential-bad, which is to know the credentials for ghcr.io, failed: ${why}`,
  });
  expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('top-secret');
});

test('a helper that can’t be started is named', async () => {
  const env = await homeWith({ '.docker/config.json': { credsStore: 'bad' } });
  await mkdir(join(env.HOME, 'bin'), { recursive: true });
  await writeFile(join(env.HOME, 'bin/docker-credential-bad'), '', { mode: 0o644 });
  await expect(credentialsFor('ghcr.io', 'x', env)).rejects.toThrow(/ failed: it gave no reason$/);
});

test('a helper is a program of the PATH, not any file', async () => {
  const env = await homeWith({ '.docker/config.json': { credsStore: '../../tmp/x' } });
  await expect(credentialsFor('ghcr.io', 'x', env)).rejects.toThrow('it is not the name of a program');
});

test('a pull secret holds the credentials that there are, and says which are missing', async () => {
  const auths = { 'ghcr.io': auth('a:b'), 'docker.io': auth('c:d'), 'acr.io': { identitytoken: 't' } };
  const env = await homeWith({ '.docker/config.json': { auths } });
  const hosts = ['ghcr.io', 'docker.io', 'acr.io', 'quay.io'].map((host) => ({ host }));
  const { json, unknown, unusable } = await dockerConfigJson(hosts, env);
  expect(JSON.parse(json)).toEqual({
    auths: {
      'ghcr.io': { username: 'a', password: 'b', ...auth('a:b') },
      'https://index.docker.io/v1/': { username: 'c', password: 'd', ...auth('c:d') },
    },
  });
  expect({ unknown, unusable }).toEqual({ unknown: ['quay.io'], unusable: ['acr.io'] });
});
