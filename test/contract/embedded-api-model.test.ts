// Random writes against a model: whatever is done, lists show what the model has, and watches tell how it came about.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ApiClient,
  configMap,
  openTestCluster,
  type TestCluster,
  type WatchEvent,
} from './embedded-api-client.ts';

let cluster: TestCluster;
let client: ApiClient;
const namespace = `fox-test-${randomBytes(4).toString('hex')}`;
const path = `/api/v1/namespaces/${namespace}/configmaps`;

beforeAll(async () => {
  cluster = await openTestCluster();
  ({ client } = cluster);
  await client.post('/api/v1/namespaces', { metadata: { name: namespace } });
});

afterAll(async () => {
  await client.delete(`/api/v1/namespaces/${namespace}`);
  await cluster.close();
});

/** What the model knows of an object. */
interface Modelled {
  readonly data: Record<string, string>;
  readonly version: string;
}

const name = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('0', '1', '2');
const write = fc.oneof(
  fc.record({ verb: fc.constant('create' as const), name, value }),
  fc.record({ verb: fc.constant('replace' as const), name, value, stale: fc.boolean() }),
  fc.record({ verb: fc.constant('patch' as const), name, value, stale: fc.boolean() }),
  fc.record({ verb: fc.constant('delete' as const), name, stale: fc.boolean() }),
);
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

/** Does one write on both sides, and compares the answers. */
async function step(model: Map<string, Modelled>, run: string, one: Write): Promise<void> {
  const known = model.get(one.name);
  const object = `${run}-${one.name}`;
  const labels = { run };
  if (one.verb === 'create') {
    const { status, body } = await client.post(path, configMap(object, { v: one.value }, labels));
    expect(status).toBe(known === undefined ? 201 : 409);
    if (known === undefined)
      model.set(one.name, { data: { v: one.value }, version: body.metadata.resourceVersion });
    return;
  }
  const resourceVersion = one.stale ? '1' : known?.version;
  const expected = known === undefined ? 404 : one.stale ? 409 : 200;
  if (one.verb === 'delete') {
    const preconditions = resourceVersion === undefined ? {} : { preconditions: { resourceVersion } };
    expect((await client.delete(`${path}/${object}`, preconditions)).status).toBe(expected);
    if (expected === 200) model.delete(one.name);
    return;
  }
  const metadata = { name: object, labels, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  const data = one.verb === 'replace' ? { v: one.value } : { p: one.value };
  const { status, body } = await (one.verb === 'replace'
    ? client.put(`${path}/${object}`, { metadata, data })
    : client.patch(`${path}/${object}`, { metadata, data }));
  expect(status).toBe(expected);
  if (known === undefined || expected !== 200) return;
  const next = one.verb === 'replace' ? data : { ...known.data, ...data };
  expect(body.data).toEqual(next);
  const same =
    JSON.stringify(Object.entries(next).toSorted()) === JSON.stringify(Object.entries(known.data).toSorted());
  expect(body.metadata.resourceVersion === known.version).toBe(same);
  model.set(one.name, { data: next, version: body.metadata.resourceVersion });
}

/** What somebody knows who has only seen the events. */
function replay(events: readonly WatchEvent[], run: string): Map<string, Modelled> {
  const seen = new Map<string, Modelled>();
  for (const { type, object } of events) {
    const key = object.metadata.name.slice(run.length + 1);
    expect(seen.has(key)).toBe(type !== 'ADDED');
    if (type === 'DELETED') seen.delete(key);
    else seen.set(key, { data: object.data, version: object.metadata.resourceVersion });
  }
  return seen;
}

test('lists and watches agree with a model', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 25 }), async (writes) => {
      const run = `r${randomBytes(5).toString('hex')}`;
      const before = (await client.get(path)).body.metadata.resourceVersion;
      const selector = `labelSelector=run%3D${run}`;
      const live = await client.watch(`${path}?watch=1&resourceVersion=${before}&${selector}`);
      const model = new Map<string, Modelled>();
      for (const one of writes) await step(model, run, one);
      const { body } = await client.get(`${path}?${selector}`);
      const listed = body.items.map(
        (item: { metadata: { name: string; resourceVersion: string }; data: Record<string, string> }) => [
          item.metadata.name.slice(run.length + 1),
          { data: item.data, version: item.metadata.resourceVersion },
        ],
      );
      const expected = [...model].toSorted(([a], [b]) => (a < b ? -1 : 1));
      expect(listed).toEqual(expected);
      // A mark that both watches see last.
      await client.post(path, configMap(`${run}-zz`, {}, { run }));
      const isLast = (events: readonly WatchEvent[]) => events.at(-1)?.object.metadata.name === `${run}-zz`;
      await live.until(isLast);
      const later = await client.watch(`${path}?watch=1&resourceVersion=${before}&${selector}`);
      await later.until(isLast);
      expect(later.events).toEqual(live.events);
      expect([...replay(live.events.slice(0, -1), run)].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(
        expected,
      );
      live.close();
      later.close();
    }),
    { numRuns: 30 },
  );
}, 60_000);
