// Watches of any Kubernetes API: also runs against a real cluster.
import { beforeEach, describe, expect, test } from 'vitest';
import { type ApiClient, configMap, testNamespace, type Watch } from './cluster-under-test.ts';

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

  test('goes on after the last version that was seen', async () => {
    const first = await watching(`run=${name}`, await versionNow());
    await client.post(`${core}/configmaps`, configMap(`${name}-a`, {}, { run: name }));
    await first.names(1);
    first.close();
    await client.post(`${core}/configmaps`, configMap(`${name}-b`, {}, { run: name }));
    await client.delete(`${core}/configmaps/${name}-a`);
    const second = await watching(`run=${name}`, first.events[0]?.object.metadata.resourceVersion);
    expect(await second.names(2)).toEqual([`ADDED ${name}-b`, `DELETED ${name}-a`]);
    second.close();
  });

  test('a version that is no longer known is 410, inside the stream', async () => {
    const watch = await watching(`run=${name}`, '1');
    expect(watch.status).toBe(200);
    const [event] = await watch.until((events) => events.length > 0);
    expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    await watch.ended;
  });

  test('a list as a watch: what there is, then a bookmark that says so, then what happens', async () => {
    await client.post(`${core}/configmaps`, configMap(name, {}, { run: name }));
    const list = '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watch = await watching(`run=${name}`, '', list);
    const events = await watch.until((seen) => seen.length >= 2);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    const bookmark = events[1]?.object.metadata;
    expect(bookmark.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(bookmark.resourceVersion).toMatch(/^\d+$/);
    await client.patch(`${core}/configmaps/${name}`, { data: { a: 'b' } });
    await watch.until((seen) => seen.at(-1)?.type === 'MODIFIED');
    watch.close();
    const loose = await client.get(`${core}/configmaps?watch=1&sendInitialEvents=true`);
    expect(loose.status).toBe(422);
  });
});
