// Images that are built already: what their tags mean is found out once, and kept until it is asked for again.
import { expect, test, type TestContext } from 'vitest';
import { buildAll, type BuildEvent } from '../../src/images/build-all.ts';
import { kubernetesBuilders } from '../../src/images/kubernetes-builders.ts';
import { prebuiltResolver } from '../../src/images/prebuilt.ts';
import { pushBase, requestFor } from './builders-sample.ts';
import { environmentWith, startRegistry, temporaryDirectory } from './registry-process.ts';
import { clientFor, storeAt } from './registry-sample.ts';

const live = new AbortController().signal;
const nothing = () => undefined;

async function setUp(context: TestContext) {
  const { host } = await startRegistry(context);
  const client = await clientFor(host);
  const resolver = prebuiltResolver(() => client);
  const resolve = async (image: string, platforms = ['linux/amd64']) =>
    (await resolver.build(await requestFor({ image }, {}, { platforms }))).reference;
  return { host, client, resolve };
}

test('a tag becomes the digest that it means now, of an index where there is one', async (context) => {
  const { host, client, resolve } = await setUp(context);
  const one = await pushBase(client, { tag: '1' });
  const all = await pushBase(client, { tag: 'all', platforms: ['linux/amd64', 'linux/arm64'] });
  expect(await resolve(`${host}/library/base:1`)).toBe(`${host}/library/base@${one}`);
  expect(await resolve(`${host}/library/base:all`, ['linux/amd64', 'linux/arm64'])).toBe(
    `${host}/library/base@${all}`,
  );
  expect(await resolve(`${host}/library/base@${one}`)).toBe(`${host}/library/base@${one}`);
  await pushBase(client, { tag: '1', content: 'newer' });
  expect(await resolve(`${host}/library/base:1`)).not.toBe(`${host}/library/base@${one}`);
});

test('what is not there, is for another platform, or wants other credentials is named', async (context) => {
  const { host, client, resolve } = await setUp(context);
  await pushBase(client, { tag: 'arm', platforms: ['linux/arm64'] });
  await expect(resolve(`${host}/library/base:2`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(resolve(`${host}/library/base:arm`)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: `components.web.build.image: the image ${host}/library/base:arm is not there for linux/amd64: it is for linux/arm64`,
  });
  const closed = await startRegistry(context, { auth: 'password' });
  const stranger = await clientFor(closed.host, { env: await environmentWith() });
  const request = await requestFor({ image: `${closed.host}/library/base:1` }, {});
  await expect(prebuiltResolver(() => stranger).build(request)).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    message: expect.stringContaining(
      `${closed.host}/library/base:1 (components.web.build.image): `,
    ) as unknown,
  });
});

test('what was resolved is kept under the source hash until a refresh', async (context) => {
  const { host, client } = await setUp(context);
  const store = await storeAt(host);
  const first = await pushBase(client, { tag: '1' });
  const { reference, build, platforms, origin, path, readTree } = await requestFor(
    { image: `${host}/library/base:1` },
    {},
  );
  const job = { reference: { ...reference, prebuilt: true }, build, platforms, origin, path, readTree };
  const events: BuildEvent['type'][] = [];
  const onEvent = ({ type }: BuildEvent) => void events.push(type);
  const scratch = await temporaryDirectory();
  const run = async (refresh: boolean) => {
    const builderOf = kubernetesBuilders({ env: {}, registries: () => client, refresh, signal: live });
    const images = await buildAll([job], { store, builderOf, refresh, scratch, signal: live, onEvent });
    return images.get(reference.sourceHash);
  };
  expect(await run(false)).toBe(`${host}/library/base@${first}`);
  expect(events).toEqual(['started', 'finished']);
  const second = await pushBase(client, { tag: '1', content: 'newer' });
  expect(await run(false)).toBe(`${host}/library/base@${first}`);
  expect(events).toEqual(['started', 'finished', 'finished']);
  expect(await run(true)).toBe(`${host}/library/base@${second}`);
  expect(await run(false)).toBe(`${host}/library/base@${second}`);
});

test('a refresh puts an image in the place of the one on the old base', async (context) => {
  const { host, client } = await setUp(context);
  const store = await storeAt(host);
  await pushBase(client, { tag: '1' });
  const request = await requestFor({ base: `${host}/library/base:1` }, { 'web/a': 'a' });
  const { reference, build, platforms, origin, path, readTree, scratch } = request;
  const job = { reference, build, platforms, origin, path, readTree };
  const run = async (refresh: boolean) => {
    const builderOf = kubernetesBuilders({
      env: process.env,
      registries: () => client,
      refresh,
      signal: live,
    });
    return (
      await buildAll([job], { store, builderOf, refresh, scratch, signal: live, onEvent: nothing })
    ).get(reference.sourceHash);
  };
  const before = await run(false);
  await pushBase(client, { tag: '1', content: 'newer' });
  expect(await run(false)).toBe(before);
  const after = await run(true);
  expect(after).not.toBe(before);
  expect(await store.find([reference])).toEqual(new Map([[reference.sourceHash, after]]));
});
