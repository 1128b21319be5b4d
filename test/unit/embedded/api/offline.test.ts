import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDefaultNamespaces } from '../../../../src/embedded/api/default-namespaces.ts';
import { openOffline } from '../../../../src/embedded/api/offline.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import { storeDirectory } from '../../../../src/embedded/store/store-directory.ts';
import { object, scratchDirectory } from './fixture.ts';

const path = '/api/v1/namespaces/default/configmaps';

test('a stopped cluster can be read, not changed', async () => {
  const home = join(await scratchDirectory(), 'cluster');
  const store = openStore(storeDirectory(home));
  await createDefaultNamespaces(store);
  await store.create('configmaps', object('a', {}, { data: { k: 'v' } }));
  await store.create('pods', object('p', {}, { spec: { containers: [{ name: 'main' }] } }));
  await store.close();
  const { transport, close } = await openOffline(home);
  const ask = async (method: string, url: string, body?: object) => {
    const request = { method, path: url, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await transport(request);
    return { status: response.status, body: JSON.parse(await text(response.body)) };
  };
  expect(await ask('GET', `${path}/a`)).toMatchObject({ status: 200, body: { data: { k: 'v' } } });
  expect((await ask('GET', path)).body.items).toHaveLength(1);
  expect((await ask('GET', `${path}/b`)).status).toBe(404);
  for (const [method, url, body] of [
    ['POST', path, { metadata: { name: 'b' } }],
    ['DELETE', `${path}/a`],
    ['PUT', `${path}/a`, { metadata: { name: 'a' }, data: { k: 'w' } }],
    ['GET', `${path}?watch=true&resourceVersion=1`],
    ['GET', '/api/v1/namespaces/default/pods/p/log'],
  ] as const) {
    expect(await ask(method, url, body), `${method} ${url}`).toMatchObject({
      status: 503,
      body: { kind: 'Status', reason: 'ServiceUnavailable' },
    });
  }
  await close();
});

test('one that never ran is empty', async () => {
  const { transport, close } = await openOffline(join(await scratchDirectory(), 'cluster'));
  const response = await transport({ method: 'GET', path });
  expect(JSON.parse(await text(response.body))).toMatchObject({ kind: 'ConfigMapList', items: [] });
  await close();
});
