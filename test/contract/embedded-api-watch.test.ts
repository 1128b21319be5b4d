// Watches of any Kubernetes API: also runs against a real cluster.
import { beforeEach, describe, expect, test } from 'vitest';
import { type ApiClient, configMap, testNamespace, type Watch } from './embedded-api-client.ts';

const scope = testNamespace();
const { core } = scope;

let client: ApiClient;
/** A name for the test. */
let name = '';
beforeEach(() => {
  client = scope.client();
  name = scope.newName();
});

async function versionNow(): Promise<string> {
  return (await client.get(`${core}/configmaps`)).body.metadata.resourceVersion;
}

function watching(selector: string, version: string, more = ''): Promise<Watch> {
  const query = `watch=1&resourceVersion=${version}&labelSelector=${encodeURIComponent(selector)}${more}`;
  return client.watch(`${core}/configmaps?${query}`);
}

describe('watch', () => {
  test('tells of every change after a version, in order', async () => {
    const watch = await watching(`run=${name}`, await versionNow());
    await client.post(`${core}/configmaps`, configMap(`${name}-a`, {}, { run: name }));
    await client.patch(`${core}/configmaps/${name}-a`, { data: { x: '1' } });
    await client.post(`${core}/configmaps`, configMap(`${name}-b`, {}, { run: 'other' }));
    await client.delete(`${core}/configmaps/${name}-a`);
    expect(await watch.names(3)).toEqual([`ADDED ${name}-a`, `MODIFIED ${name}-a`, `DELETED ${name}-a`]);
    const versions = watch.events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    watch.close();
  });

  test('replays what has happened since a version', async () => {
    const version = await versionNow();
    await client.post(`${core}/configmaps`, configMap(name, {}, { run: name }));
    await client.delete(`${core}/configmaps/${name}`);
    const watch = await watching(`run=${name}`, version);
    expect(await watch.names(2)).toEqual([`ADDED ${name}`, `DELETED ${name}`]);
    watch.close();
  });

  test('without a version begins with what there is', async () => {
    await client.post(`${core}/configmaps`, configMap(name, {}, { run: name }));
    const watch = await watching(`run=${name}`, '');
    expect(await watch.names(1)).toEqual([`ADDED ${name}`]);
    await client.patch(`${core}/configmaps/${name}`, { data: { a: 'b' } });
    expect(await watch.names(2)).toEqual([`ADDED ${name}`, `MODIFIED ${name}`]);
    watch.close();
  });

  test('an object that begins or ceases to match is added or deleted', async () => {
    await client.post(`${core}/configmaps`, configMap(name, { v: '1' }));
    const watch = await watching(`on=${name}`, await versionNow());
    await client.patch(`${core}/configmaps/${name}`, { metadata: { labels: { on: name } } });
    await client.patch(`${core}/configmaps/${name}`, {
      metadata: { labels: { on: null } },
      data: { v: '2' },
    });
    await client.patch(`${core}/configmaps/${name}`, { data: { v: '3' } });
    await client.patch(`${core}/configmaps/${name}`, { metadata: { labels: { on: name } } });
    expect(await watch.names(3)).toEqual([`ADDED ${name}`, `DELETED ${name}`, `ADDED ${name}`]);
    watch.close();
  });

  test('two watchers see one order', async () => {
    const version = await versionNow();
    const watches = await Promise.all([watching(`run=${name}`, version), watching(`run=${name}`, version)]);
    const names = Array.from({ length: 20 }, (_, index) => `${name}-${index}`);
    await Promise.all(
      names.map((one) => client.post(`${core}/configmaps`, configMap(one, {}, { run: name }))),
    );
    const [first, second] = await Promise.all(watches.map((watch) => watch.names(20)));
    expect(first).toEqual(second);
    for (const watch of watches) watch.close();
  });

  test('ends cleanly when its time is over', async () => {
    const watch = await watching(
      `run=${name}`,
      await versionNow(),
      '&timeoutSeconds=1&allowWatchBookmarks=true',
    );
    await watch.ended;
    expect(watch.events.filter(({ type }) => type !== 'BOOKMARK')).toEqual([]);
  });

  test('one object can be watched by its name', async () => {
    const selector = encodeURIComponent(`metadata.name=${name}`);
    const watch = await client.watch(
      `${core}/configmaps?watch=true&fieldSelector=${selector}&resourceVersion=${await versionNow()}`,
    );
    await client.post(`${core}/configmaps`, configMap(`${name}-not`));
    await client.post(`${core}/configmaps`, configMap(name));
    expect(await watch.names(1)).toEqual([`ADDED ${name}`]);
    watch.close();
  });
});
