import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import type { ApiResponse } from '../../../../src/embedded/api/request.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import { asking, object, openScratchStore, scratchDirectory } from './fixture.ts';

function streamOf({ body }: ApiResponse): Readable {
  if (!(body instanceof Readable)) throw new Error(`not a stream: ${body.toString()}`);
  return body;
}

async function linesOf(
  stream: Readable,
): Promise<{ type: string; object: { metadata: { name?: string; resourceVersion?: string } } }[]> {
  const lines: string[] = [];
  for await (const line of createInterface(stream)) lines.push(line);
  return lines.map((line) => JSON.parse(line));
}

const path = '/api/v1/namespaces/default/configmaps?watch=true';

test('a version from before the store was opened is an ERROR event with 410', async () => {
  const directory = await scratchDirectory();
  const store = openStore(`${directory}/store`);
  await store.create('configmaps', object('a'));
  await store.create('configmaps', object('b'));
  await store.close();
  const again = await openScratchStore(directory);
  const response = await asking(again)('GET', `${path}&resourceVersion=1`);
  expect(response.status).toBe(200);
  expect(await linesOf(streamOf(response))).toEqual([
    {
      type: 'ERROR',
      object: expect.objectContaining({
        kind: 'Status',
        code: 410,
        reason: 'Expired',
        message: 'too old resource version: 1 (2)',
      }),
    },
  ]);
});

test('malformed queries are refused before the stream begins', async () => {
  const ask = asking(await openScratchStore());
  for (const query of [
    'resourceVersion=abc',
    'timeoutSeconds=x',
    'labelSelector=a%20b',
    'fieldSelector=nothing%3D1',
  ]) {
    expect((await ask('GET', `${path}&${query}`)).status).toBe(400);
  }
});

test('bookmarks tell the version every half a minute, and at the end', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  try {
    const store = await openScratchStore();
    const stream = streamOf(await asking(store)('GET', `${path}&allowWatchBookmarks=true&timeoutSeconds=70`));
    const lines = linesOf(stream);
    // A change of another kind moves the version, too.
    await store.create('secrets', object('s'));
    vi.advanceTimersByTime(31_000);
    await store.create('configmaps', object('a'));
    vi.advanceTimersByTime(40_000);
    expect(
      (await lines).map(
        ({ type, object: { metadata } }) => `${type} ${metadata.name ?? metadata.resourceVersion}`,
      ),
    ).toEqual(['BOOKMARK 3', 'ADDED a', 'BOOKMARK 4', 'BOOKMARK 4']);
  } finally {
    vi.useRealTimers();
  }
});

test('a reader that takes nothing is cut off before it costs much memory', async () => {
  const store = await openScratchStore();
  const stream = streamOf(await asking(store)('GET', path));
  const cut = once(stream, 'error');
  const data = { text: 'x'.repeat(1_000_000) };
  for (let index = 0; index < 9; index += 1)
    await store.create('configmaps', object(`c${index}`, {}, { data }));
  const [error] = await cut;
  expect(error).toMatchObject({ message: 'the client of a watch is too slow' });
  expect(stream.destroyed).toBe(true);
});

test('but what was there when it began may be more', async () => {
  const store = await openScratchStore();
  const { version } = store;
  const data = { text: 'x'.repeat(1_000_000) };
  for (let index = 0; index < 12; index += 1)
    await store.create('configmaps', object(`c${index}`, {}, { data }));
  for (const from of ['', String(version)]) {
    const gone = new AbortController();
    const stream = streamOf(await asking(store, gone.signal)('GET', `${path}&resourceVersion=${from}`));
    await vi.waitFor(() => expect(stream.readableLength).toBeGreaterThan(12_000_000));
    const lines = linesOf(stream);
    gone.abort();
    expect(await lines).toHaveLength(12);
  }
});

test('lists as watches are refused, so that clients fall back to lists', async () => {
  const response = await asking(await openScratchStore())('GET', `${path}&sendInitialEvents=true`);
  expect(response.status).toBe(422);
});

test('ends when its client goes, and costs nothing any more', async () => {
  const store = await openScratchStore();
  const gone = new AbortController();
  const stream = streamOf(await asking(store, gone.signal)('GET', path));
  const lines = linesOf(stream);
  await store.create('configmaps', object('a'));
  gone.abort();
  await store.create('configmaps', object('b'));
  expect((await lines).map(({ object: { metadata } }) => metadata.name)).toEqual(['a']);
});

test('one watch sees nothing of another one’s namespace or kind', async () => {
  const store = await openScratchStore();
  const gone = new AbortController();
  const lines = linesOf(streamOf(await asking(store, gone.signal)('GET', path)));
  await store.create('configmaps', object('a', { namespace: 'kube-system' }));
  await store.create('secrets', object('b'));
  await store.create('configmaps', object('c'));
  gone.abort();
  expect((await lines).map(({ object: { metadata } }) => metadata.name)).toEqual(['c']);
});
