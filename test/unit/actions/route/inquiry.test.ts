// What is typed of a request, as a client would send it.
import { describe, expect, test } from 'vitest';
import { readInquiry, type TypedRequest } from '../../../../src/actions/route/inquiry.ts';
import { FoxError } from '../../../../src/core/errors.ts';

const edge = 'http://127.0.0.1:8080';

function read(typed: TypedRequest) {
  return readInquiry(typed, edge, 'embedded');
}

test.each([
  ['/', '/', '127.0.0.1:8080'],
  ['/a/../b?x=1#f', '/a/../b?x=1', '127.0.0.1:8080'],
  ['//a/%2e/b c', '//a/%2e/b%20c', '127.0.0.1:8080'],
  ['/a\\b"<>|', '/a\\b"<>|', '127.0.0.1:8080'],
  ['http://Team.example/./x', '/./x', 'team.example'],
  ['http://team.example?x', '/?x', 'team.example'],
  ['/?kf-dep=v1&a=ä', '/?kf-dep=v1&a=%C3%A4', '127.0.0.1:8080'],
  ['http://Team.example:80', '/', 'team.example'],
  ['https://team.example:8443/x?y', '/x?y', 'team.example:8443'],
  ['HTTP://user:secret@team.example/x', '/x', 'team.example'],
])('%s is asked as %s of %s', (url, target, host) => {
  const inquiry = read({ url });
  expect(inquiry).toMatchObject({ method: 'GET', target, headers: ['host', host], peer: '127.0.0.1' });
});

test('a header that is typed stands in place of what would be sent without it', () => {
  const typed = { url: '/', header: ['Host: a.example', 'KF-VE: dev'], virtualEnv: 'team', version: 'v2' };
  expect(read(typed).headers).toEqual(['kf-dep', 'v2', 'Host', 'a.example', 'KF-VE', 'dev']);
  expect(readInquiry({ url: '/' }, undefined, 'kubernetes')).toEqual({
    method: 'GET',
    target: '/',
    headers: [],
    peer: '192.0.2.1',
  });
});

test('methods are as HTTP has them, addresses without what sockets add', () => {
  const inquiry = read({ url: '/', method: 'delete', client: '::ffff:10.1.2.3' });
  expect(inquiry).toMatchObject({ method: 'DELETE', peer: '10.1.2.3' });
});

describe('what is none', () => {
  test.each<[Partial<TypedRequest>, string, string]>([
    [{ url: 'orders/1' }, '"orders/1" is neither a URL nor a path', '`fox route explain /orders/1`'],
    [{ url: 'a.example/x' }, '"a.example/x" is neither', '`fox route explain http://a.example/x`'],
    [{ url: 'localhost:80' }, '"localhost:80" is neither', '`fox route explain http://localhost:80`'],
    [{ url: 'ftp://a.example/x' }, 'neither a URL nor a path', '`fox route explain /x`'],
    [{ url: 'http://a\\b' }, 'neither a URL nor a path', 'fox route explain'],
    [{ url: 'http://a b/' }, 'neither a URL nor a path', 'fox route explain'],
    [{ method: 'GTE' }, '"GTE" is no method', 'Did you mean GET?'],
    [{ header: ['accept'] }, '"accept" is no header', "-H 'accept: text/html'"],
    [{ header: ['a: b\r\nc: d'] }, 'is no header', '-H'],
    [{ client: 'localhost' }, '"localhost" is no address', '203.0.113.7'],
  ])('%o is refused with an example', (typed, message, hint) => {
    const refusal = (() => {
      try {
        return read({ url: '/', ...typed });
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(FoxError);
    expect(refusal).toMatchObject({ code: 'USAGE', exitCode: 2 });
    expect((refusal as FoxError).message).toContain(message);
    expect((refusal as FoxError).hints.join(' ')).toContain(hint);
  });
});
