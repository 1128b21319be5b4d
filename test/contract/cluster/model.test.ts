// Random writes against a model: whatever is done, lists show what the model has, and watches tell how it came about.
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import {
  type Answer,
  type ApiClient,
  configMap,
  testNamespace,
  type WatchEvent,
} from './cluster-under-test.ts';

const scope = testNamespace();
const path = `${scope.core}/configmaps`;

let client: ApiClient;
beforeEach(() => {
  client = scope.client();
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

/** What the server should answer to a write, and what the object is then. */
interface Expectation {
  readonly status: number;
  readonly data?: Record<string, string> | undefined;
  readonly sameVersion?: boolean;
}

function expected(known: Modelled | undefined, one: Write): Expectation {
  if (one.verb === 'create')
    return known === undefined ? { status: 201, data: { v: one.value } } : { status: 409 };
  if (known === undefined) return { status: 404 };
  if (one.stale) return { status: 409 };
  if (one.verb === 'delete') return { status: 200 };
  const data = one.verb === 'replace' ? { v: one.value } : { ...known.data, p: one.value };
  return { status: 200, data, sameVersion: isDeepStrictEqual(data, known.data) };
}

function send(known: Modelled | undefined, run: string, one: Write): Promise<Answer> {
  const object = `${run}-${one.name}`;
  const labels = { run };
  if (one.verb === 'create') return client.post(path, configMap(object, { v: one.value }, labels));
  const resourceVersion = one.stale ? '1' : known?.version;
  const guard = resourceVersion === undefined ? {} : { resourceVersion };
  if (one.verb === 'delete') return client.delete(`${path}/${object}`, { preconditions: guard });
  const metadata = { name: object, labels, ...guard };
  if (one.verb === 'replace') return client.put(`${path}/${object}`, { metadata, data: { v: one.value } });
  return client.patch(`${path}/${object}`, { metadata, data: { p: one.value } });
}

/** Does one write on both sides; answers what was expected, and what was answered. */
async function step(
  model: Map<string, Modelled>,
  run: string,
  one: Write,
): Promise<[Expectation, Expectation]> {
  const known = model.get(one.name);
  const wanted = expected(known, one);
  const { status, body } = await send(known, run, one);
  if (wanted.data === undefined) {
    if (wanted.status === 200) model.delete(one.name);
    return [wanted, { status }];
  }
  const version = body.metadata?.resourceVersion;
  model.set(one.name, { data: wanted.data, version });
  const sameVersion = wanted.sameVersion === undefined ? {} : { sameVersion: version === known?.version };
  return [wanted, { status, data: body.data, ...sameVersion }];
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
      for (const one of writes) {
        const [wanted, answered] = await step(model, run, one);
        expect(answered).toEqual(wanted);
      }
      const { body } = await client.get(`${path}?${selector}`);
      const listed = body.items.map(
        (item: { metadata: { name: string; resourceVersion: string }; data: Record<string, string> }) => [
          item.metadata.name.slice(run.length + 1),
          { data: item.data, version: item.metadata.resourceVersion },
        ],
      );
      const modelled = [...model].toSorted(([a], [b]) => (a < b ? -1 : 1));
      expect(listed).toEqual(modelled);
      // A mark that both watches see last.
      await client.post(path, configMap(`${run}-zz`, {}, { run }));
      const isLast = (events: readonly WatchEvent[]) => events.at(-1)?.object.metadata.name === `${run}-zz`;
      await live.until(isLast);
      const later = await client.watch(`${path}?watch=1&resourceVersion=${before}&${selector}`);
      await later.until(isLast);
      expect(later.events).toEqual(live.events);
      expect([...replay(live.events.slice(0, -1), run)].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(
        modelled,
      );
      live.close();
      later.close();
    }),
    { numRuns: 30 },
  );
}, 60_000);
