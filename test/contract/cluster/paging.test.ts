// Lists of any Kubernetes API in parts, and as of a moment.
import { beforeEach, describe, expect, test } from 'vitest';
import { type ApiClient, configMap, type Json, testNamespace } from './cluster-under-test.ts';

const scope = testNamespace();
const { core } = scope;

let client: ApiClient;
let label = '';
let path = '';
beforeEach(async () => {
  client = scope.client();
  label = scope.newName();
  path = `${core}/configmaps?labelSelector=run%3D${label}`;
  for (const one of ['a', 'b', 'c', 'd', 'e'])
    await client.post(`${core}/configmaps`, configMap(`${label}-${one}`, {}, { run: label }));
});

function lettersOf({ items }: Json): string {
  return items.map((item: Json) => item.metadata.name.slice(-1)).join('');
}

describe('paging', () => {
  test('limit cuts a list, continue goes on where it was cut', async () => {
    const first = (await client.get(`${path}&limit=2`)).body;
    expect(lettersOf(first)).toBe('ab');
    const second = (await client.get(`${path}&limit=2&continue=${first.metadata.continue}`)).body;
    expect(lettersOf(second)).toBe('cd');
    const third = (await client.get(`${path}&limit=2&continue=${second.metadata.continue}`)).body;
    expect(lettersOf(third)).toBe('e');
    expect(third.metadata).not.toHaveProperty('continue');
  });

  test('all parts show one moment', async () => {
    const first = (await client.get(`${path}&limit=2`)).body;
    await client.delete(`${core}/configmaps/${label}-c`);
    await client.patch(`${core}/configmaps/${label}-d`, { data: { late: 'yes' } });
    await client.post(`${core}/configmaps`, configMap(`${label}-f`, {}, { run: label }));
    const rest = (await client.get(`${path}&limit=9&continue=${first.metadata.continue}`)).body;
    expect(lettersOf(rest)).toBe('cde');
    expect(rest.items[1]).not.toHaveProperty('data');
    expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(lettersOf((await client.get(path)).body)).toBe('abdef');
  });

  test('without a selector, it says how many come after', async () => {
    const all = (await client.get(`${core}/configmaps`)).body.items.length;
    const { metadata } = (await client.get(`${core}/configmaps?limit=2`)).body;
    expect(metadata.remainingItemCount).toBe(all - 2);
  });

  test('a list of an exact version', async () => {
    const { resourceVersion } = (await client.get(path)).body.metadata;
    await client.delete(`${core}/configmaps/${label}-a`);
    const exact = `${path}&resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
    expect(lettersOf((await client.get(exact)).body)).toBe('abcde');
  });

  test('what makes no sense is refused', async () => {
    expect((await client.get(`${path}&continue=nonsense`)).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
    });
    expect((await client.get(`${path}&limit=x`)).status).toBe(400);
    expect((await client.get(`${path}&resourceVersion=x`)).status).toBe(400);
    expect((await client.get(`${path}&resourceVersionMatch=Exact`)).status).toBe(422);
  });
});
