// Who one is to a registry: by password, by token, as a stranger; and what one is told when that isn't enough.
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { bytesOf, imageOf, referenceOf } from './registry-image.ts';
import { environmentWith, startRegistry, temporaryDirectory, userEntry } from './registry-process.ts';
import { startProxy } from './registry-proxy.ts';
import { clientFor, contentOf, layerOf, seed, storeAt } from './registry-sample.ts';
import { startTokenServer, type TokenRules } from './registry-token-server.ts';

const wrongEntry = { auth: Buffer.from('alice:wrong').toString('base64') };

/** A real registry that wants tokens, with the server that gives them, and a proxy that sees what is asked. */
async function startTokenRegistry(context: TestContext, rules: TokenRules = {}) {
  const server = await startTokenServer(rules);
  const registry = await startRegistry(context, { auth: server });
  const proxy = await startProxy(registry.host);
  return { server, proxy, host: proxy.host };
}

test('a registry that wants a password gets it, once per repository it is asked for', async (context) => {
  const registry = await startRegistry(context, { auth: 'password' });
  const proxy = await startProxy(registry.host);
  const store = await storeAt(proxy.host, { env: await environmentWith({ [proxy.host]: userEntry }) });
  const image = imageOf([await layerOf(bytesOf('web', 1000))]);
  expect(await store.put(referenceOf('web'), image)).toBe(image.manifest.digest);
  expect(proxy.seen.filter(({ headers }) => headers.authorization === undefined)).toHaveLength(1);
});

test('without credentials a registry that wants some is named, and what to do', async (context) => {
  const { host } = await startRegistry(context, { auth: 'password' });
  const client = await clientFor(host);
  await expect(client.resolve('shop/web', '1')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    message: `the registry ${host} wants credentials to pull shop/web, or it does not exist; there are none for it on this machine`,
    hints: [expect.stringContaining(`docker login ${host}`)],
  });
  await expect(client.checkPush('shop/web')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    message: `the registry ${host} wants credentials to push to shop/web; there are none for it on this machine`,
  });
});

test('a wrong password is said to be wrong, is tried once, and is shown nowhere', async (context) => {
  const registry = await startRegistry(context, { auth: 'password' });
  const proxy = await startProxy(registry.host);
  const env = await environmentWith({ [proxy.host]: wrongEntry });
  const client = await clientFor(proxy.host, { env });
  const error: unknown = await client.checkPush('shop/web').catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'REGISTRY_DENIED',
    message: `the registry ${proxy.host} doesn't let the credentials of ${join(env['HOME'] ?? '', 'config.json')} push to shop/web`,
  });
  expect(JSON.stringify([error, String(error)])).not.toContain('wrong"');
  expect(proxy.seen).toHaveLength(2);
});

test('one may push where a push can begin, and nothing is left of the question', async (context) => {
  const registry = await startRegistry(context);
  const proxy = await startProxy(registry.host);
  await (await clientFor(proxy.host)).checkPush('shop/web');
  expect(proxy.seen.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
});

test('tokens are got for what is done, and used as long as they are valid', async (context) => {
  const { server, proxy, host } = await startTokenRegistry(context);
  const store = await storeAt(host, { env: await environmentWith({ [host]: userEntry }) });
  const image = imageOf([await layerOf(bytesOf('web', 1000)), await layerOf(bytesOf('base', 1000))]);
  await store.put(referenceOf('web'), image);
  expect(server.asked).toEqual([
    { method: 'GET', scopes: ['repository:order/shop/web:pull,push'], user: 'alice' },
  ]);
  expect(proxy.seen.filter(({ headers }) => headers.authorization === undefined)).toHaveLength(1);
  expect(proxy.seen.every(({ headers }) => !headers.authorization?.startsWith('Basic'))).toBe(true);
});

test('many look-ups at once share their tokens', async (context) => {
  const { server, host } = await startTokenRegistry(context, { strangers: 'pull' });
  const client = await clientFor(host);
  await Promise.all(Array.from({ length: 20 }, (_, number) => client.resolve('shop/web', `${number}`)));
  expect(server.asked).toHaveLength(1);
});

test('a token that has expired before its time is replaced', async (context) => {
  const rules: TokenRules = { seconds: -120, claims: 300 };
  const { server, host } = await startTokenRegistry(context, rules);
  const client = await clientFor(host, { env: await environmentWith({ [host]: userEntry }) });
  await expect(client.resolve('shop/web', '1')).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  rules.seconds = 300;
  expect(await client.resolve('shop/web', '1')).toBeUndefined();
  const before = server.asked.length;
  expect(await client.resolve('shop/web', '2')).toBeUndefined();
  expect(server.asked).toHaveLength(before);
});

test('a token is not used beyond its time', async (context) => {
  const { server, host } = await startTokenRegistry(context, { claims: 1 });
  const client = await clientFor(host, { env: await environmentWith({ [host]: userEntry }) });
  await client.resolve('shop/web', '1');
  await expect
    .poll(
      async () => {
        await client.resolve('shop/web', '1');
        return server.asked.length;
      },
      { timeout: 5000, interval: 100 },
    )
    .toBeGreaterThan(1);
});

test('strangers may pull where they may, and are told that they may not push', async (context) => {
  const { host } = await startTokenRegistry(context, { strangers: 'pull' });
  const client = await clientFor(host);
  expect(await client.resolve('base/node', '20')).toBeUndefined();
  await expect(client.checkPush('base/node')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    message: expect.stringContaining('wants credentials to push to base/node; there are none'),
  });
});

test('whoever may only pull finds what is there', async (context) => {
  const rules: { allowed: string[] } = { allowed: ['pull', 'push'] };
  const { host } = await startTokenRegistry(context, rules);
  const env = await environmentWith({ [host]: userEntry });
  const image = imageOf([await layerOf(bytesOf('web', 1000))]);
  await (await storeAt(host, { env })).put(referenceOf('web'), image);
  rules.allowed = ['pull'];
  const found = await (await storeAt(host, { env })).find([referenceOf('web')]);
  expect([...found.values()]).toEqual([image.manifest.digest]);
});

test('somebody who may only pull is told so', async (context) => {
  const { host } = await startTokenRegistry(context, { allowed: ['pull'] });
  const client = await clientFor(host, { env: await environmentWith({ [host]: userEntry }) });
  expect(await client.resolve('shop/web', '1')).toBeUndefined();
  await expect(client.checkPush('shop/web')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    message: expect.stringContaining(`doesn't let the credentials of`),
    hints: expect.arrayContaining(['Check that this user may push to shop/web.']) as string[],
  });
});

test.each<[string, TokenRules, object]>([
  ['an identity token', { identity: 'abc' }, { auth: '', identitytoken: 'abc' }],
  ['a password by POST where GET is not known', { onlyPost: true }, userEntry],
  ['a password after the server failed twice', { faults: [503, 429] }, userEntry],
])('a token is got by %s', async (_name, rules, entry) => {
  const server = await startTokenServer(rules);
  const proxy = await startProxy('127.0.0.1:9', ({ headers }) =>
    headers.authorization?.startsWith('Bearer ') === true
      ? { status: 404 }
      : {
          status: 401,
          headers: {
            'www-authenticate': `Bearer realm="${server.realm}",service="registry",scope="more:x:y"`,
          },
        },
  );
  const client = await clientFor(proxy.host, { env: await environmentWith({ [proxy.host]: entry }) });
  expect(await client.resolve('shop/web', '1')).toBeUndefined();
  expect(server.asked.at(-1)).toMatchObject({
    user: 'alice',
    scopes: ['repository:shop/web:pull', 'more:x:y'],
  });
});

test('a wrong password is named by the authorization server, too', async (context) => {
  const { host } = await startTokenRegistry(context);
  const client = await clientFor(host, { env: await environmentWith({ [host]: wrongEntry }) });
  await expect(client.resolve('shop/web', '1')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    details: ['UNAUTHORIZED: wrong password'],
  });
});

test('credentials are not sent to an authorization server without encryption', async () => {
  const realm = 'http://elsewhere.example/token';
  const proxy = await startProxy('127.0.0.1:9', () => ({
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="${realm}"` },
  }));
  // The registry itself is on this machine, so plain HTTP is for it alone.
  const client = await clientFor(proxy.host, { env: await environmentWith({ [proxy.host]: userEntry }) });
  await expect(client.resolve('shop/web', '1')).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
});

test('a blob is mounted with a token for both repositories', async (context) => {
  const { server, host } = await startTokenRegistry(context);
  const client = await clientFor(host, { env: await environmentWith({ [host]: userEntry }) });
  const bytes = bytesOf('base', 100_000);
  const blob = await seed(client, 'base/node', bytes);
  expect(await client.mountBlob('base/node', 'shop/web', blob.digest)).toBe(true);
  expect(server.asked.at(-1)?.scopes).toEqual(['repository:shop/web:pull,push', 'repository:base/node:pull']);
  expect((await contentOf(await client.blob('shop/web', blob))).equals(bytes)).toBe(true);
  expect(await client.mountBlob('base/other', 'shop/web', `sha256:${'0'.repeat(64)}`)).toBe(false);
});

test('who may push, but delete nothing, pushes on after a blob could not be mounted', async (context) => {
  const { host } = await startTokenRegistry(context, { strict: true });
  const client = await clientFor(host, { env: await environmentWith({ [host]: userEntry }) });
  expect(await client.mountBlob('base/node', 'shop/web', `sha256:${'0'.repeat(64)}`)).toBe(false);
  await client.checkPush('shop/web');
  const blob = await seed(client, 'shop/web', bytesOf('web', 1000));
  expect(await client.hasBlob('shop/web', blob.digest)).toBe(true);
});

test('credentials come from a helper program, asked once and by stdin', async (context) => {
  const { host } = await startRegistry(context, { auth: 'password' });
  const directory = await temporaryDirectory();
  const helper = join(directory, 'docker-credential-test');
  await writeFile(
    helper,
    `#!/bin/sh
read -r server
echo "$* $server" >> ${directory}/asked
printf '{"ServerURL":"%s","Username":"alice","Secret":"open sesame"}' "$server"
`,
  );
  await chmod(helper, 0o755);
  await writeFile(join(directory, 'config.json'), JSON.stringify({ credHelpers: { [host]: 'test' } }));
  const env = {
    PATH: `${directory}:${process.env['PATH'] ?? ''}`,
    HOME: directory,
    DOCKER_CONFIG: directory,
  };
  const store = await storeAt(host, { env });
  await store.find(['web', 'api', 'worker'].map((component) => referenceOf(component)));
  expect(await readFile(join(directory, 'asked'), 'utf8')).toBe(`get ${host}\n`);
});

test('a helper that is missing matters only where credentials are wanted', async (context) => {
  const [open, closed] = [await startRegistry(context), await startRegistry(context, { auth: 'password' })];
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'config.json'), JSON.stringify({ credsStore: 'missing' }));
  const env = { PATH: process.env['PATH'], HOME: directory, DOCKER_CONFIG: directory };
  expect(await (await clientFor(open.host, { env })).resolve('shop/web', '1')).toBeUndefined();
  await expect((await clientFor(closed.host, { env })).resolve('shop/web', '1')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    message: `docker-credential-missing, which is to know the credentials for ${closed.host}, failed: there is no such program on the PATH`,
  });
});
