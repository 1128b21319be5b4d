// The examples of RFC 6902, appendix A, and where Kubernetes departs from it.
import { expect, test } from 'vitest';
import { jsonPatch } from '../../../../../src/embedded/api/patch/json-patch.ts';

test.each<[target: object, patch: object[], result: unknown]>([
  [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
  [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
  [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
  [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
  [{ baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
  [
    { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
    [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
    { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
  ],
  [
    { foo: ['all', 'grass', 'cows', 'eat'] },
    [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    { foo: ['all', 'cows', 'eat', 'grass'] },
  ],
  [{ baz: 'qux' }, [{ op: 'test', path: '/baz', value: 'qux' }], { baz: 'qux' }],
  [{ foo: 'bar' }, [{ op: 'add', path: '/child', value: { a: {} } }], { foo: 'bar', child: { a: {} } }],
  [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
  [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
  [{ foo: 'bar' }, [{ op: 'replace', path: '', value: { a: 1 } }], { a: 1 }],
  [{ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
  // Not in the RFC: what is replaced needn't be there.
  [{ foo: {} }, [{ op: 'replace', path: '/foo/bar', value: 1 }], { foo: { bar: 1 } }],
])('%j with %j', (target, patch, result) => {
  const before = structuredClone(target);
  expect(jsonPatch(target, patch)).toEqual(result);
  expect(target).toEqual(before);
});

test.each<[target: object, operation: object]>([
  [{ baz: 'qux' }, { op: 'test', path: '/baz', value: 'bar' }],
  [{ foo: 'bar' }, { op: 'add', path: '/baz/bat', value: 'qux' }],
  [
    { '/': 9, '~1': 10 },
    { op: 'test', path: '/~01', value: '10' },
  ],
  [{ foo: [1] }, { op: 'add', path: '/foo/2', value: 2 }],
  [{ foo: [1] }, { op: 'add', path: '/foo/01', value: 2 }],
  [{ foo: [1] }, { op: 'replace', path: '/foo/1', value: 2 }],
  [{ foo: 1 }, { op: 'remove', path: '/bar' }],
  [{ foo: { bar: 1 } }, { op: 'move', from: '/foo', path: '/foo/bar' }],
  [{ foo: 1 }, { op: 'remove', path: 'foo' }],
  [{ foo: 1 }, { op: 'spend', path: '/foo' }],
])('%j refuses %j', (target, operation) => {
  expect(() => jsonPatch(target, [operation])).toThrow(expect.objectContaining({ code: 422 }));
});

test('what is no list of operations is 400', () => {
  for (const patch of [{}, 'a', [1], [{ op: 'add' }], [{ path: '/a' }]])
    expect(() => jsonPatch({}, patch)).toThrow(expect.objectContaining({ code: 400 }));
});

test('members called __proto__ are members', () => {
  const patch = JSON.parse('[{"op":"add","path":"/__proto__","value":"x"}]') as unknown;
  expect(JSON.stringify(jsonPatch({}, patch))).toBe('{"__proto__":"x"}');
  expect(({} as { x?: unknown }).x).toBeUndefined();
});
