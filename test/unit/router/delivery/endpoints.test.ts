// Endpoints: which pod the next request goes to.
import { afterEach, describe, expect, test } from 'vitest';
import { type Endpoint, Endpoints } from '../../../../src/router/delivery/endpoints.ts';

let endpoints = new Endpoints();
afterEach(async () => {
  await endpoints.destroy();
  endpoints = new Endpoints();
});

const origin = (port: number) => `http://127.0.0.1:${port}`;

function picked(count: number, tried?: ReadonlySet<Endpoint>): Set<Endpoint | undefined> {
  return new Set(Array.from({ length: count }, () => endpoints.pick('w', tried)));
}

describe('pick', () => {
  test('takes ready pods of that workload only', () => {
    endpoints.set('w', 'coming', undefined);
    endpoints.set('other', 'p', origin(1));
    expect(endpoints.pick('w')).toBeUndefined();
    expect(endpoints.hasPods('w')).toBe(true);
    endpoints.set('w', 'coming', origin(2));
    expect(endpoints.pick('w')).toBeDefined();
    endpoints.set('w', 'coming', undefined);
    expect(endpoints.pick('w')).toBeUndefined();
    endpoints.delete('w', 'coming');
    expect(endpoints.hasPods('w')).toBe(false);
  });

  test('leaves out what has been tried', () => {
    endpoints.set('w', 'a', origin(1));
    endpoints.set('w', 'b', origin(2));
    const first = endpoints.pick('w');
    if (first === undefined) throw new Error('none');
    const rest = picked(20, new Set([first]));
    expect(rest.size).toBe(1);
    expect(rest.has(first)).toBe(false);
  });

  test('prefers the less busy of two', () => {
    endpoints.set('w', 'a', origin(1));
    endpoints.set('w', 'b', origin(2));
    const busy = endpoints.pick('w');
    if (busy === undefined) throw new Error('none');
    busy.busy = 1;
    expect(picked(50).has(busy)).toBe(false);
  });

  test('uses all pods that are equally busy', () => {
    for (let index = 0; index < 4; index++) endpoints.set('w', `p${index}`, origin(index + 1));
    expect(picked(400).size).toBe(4);
  });

  test('a pod whose address has not changed keeps its connections', () => {
    endpoints.set('w', 'a', origin(1));
    const before = endpoints.pick('w');
    endpoints.set('w', 'a', origin(1));
    expect(endpoints.pick('w')).toBe(before);
    endpoints.set('w', 'a', origin(2));
    expect(endpoints.pick('w')).not.toBe(before);
  });
});

describe('onChange', () => {
  test('calls back once, at the first change of that workload', () => {
    let calls = 0;
    endpoints.onChange('w', () => (calls += 1));
    endpoints.set('other', 'p', undefined);
    expect(calls).toBe(0);
    endpoints.set('w', 'p', undefined);
    endpoints.set('w', 'p', origin(1));
    expect(calls).toBe(1);
  });

  test('can be taken back', () => {
    let calls = 0;
    endpoints.onChange('w', () => (calls += 1))();
    endpoints.set('w', 'p', origin(1));
    expect(calls).toBe(0);
  });
});
