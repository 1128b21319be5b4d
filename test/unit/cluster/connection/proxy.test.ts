import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyFor, shownProxy } from '../../../../src/cluster/connection/proxy.ts';

const server = new URL('https://api.example.com:6443');

function way(env: Record<string, string>, target = server): string | undefined {
  return proxyFor(target, undefined, env)?.href;
}

describe('the proxy', () => {
  it("is the kubeconfig's, whatever the environment says", () => {
    const env = { HTTPS_PROXY: 'http://env:1', NO_PROXY: '*' };
    expect(proxyFor(server, 'socks5://config:2', env)?.href).toBe('socks5://config:2');
  });

  it('is that of the environment for the scheme, in either case, without a scheme if need be', () => {
    expect(way({ HTTPS_PROXY: 'http://p:1' })).toBe('http://p:1/');
    expect(way({ https_proxy: 'p:1' })).toBe('http://p:1/');
    expect(way({ HTTP_PROXY: 'http://p:1' })).toBeUndefined();
    expect(way({ HTTP_PROXY: 'http://p:1' }, new URL('http://api'))).toBe('http://p:1/');
    expect(way({ HTTPS_PROXY: '' })).toBeUndefined();
  });

  it.each(['https://localhost:1', 'https://127.0.0.1', 'https://127.8.9.10:6443', 'https://[::1]:6443'])(
    'is never that of the environment on this machine: %s',
    (url) => {
      expect(way({ HTTPS_PROXY: 'http://p:1' }, new URL(url))).toBeUndefined();
    },
  );

  it.each([
    ['*', 'https://a', true],
    ['example.com', 'https://api.example.com', true],
    ['example.com', 'https://example.com', true],
    ['EXAMPLE.com', 'https://example.COM', true],
    ['example.com', 'https://badexample.com', false],
    ['.example.com', 'https://api.example.com', true],
    ['.example.com', 'https://example.com', false],
    ['*.example.com', 'https://api.example.com', true],
    ['a, example.com ,b', 'https://example.com', true],
    ['example.com:6443', 'https://example.com:6443', true],
    ['example.com:443', 'https://example.com', true],
    ['example.com:6443', 'https://example.com', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.1.2.3', 'https://10.1.2.3:6443', true],
    ['10.1.2.3', 'https://10.1.2.30', false],
    ['10.1.2.3:6443', 'https://10.1.2.3:6443', true],
    ['fd00::/8', 'https://[fd00::1]', true],
    ['fd00::1', 'https://[fd00::1]:6443', true],
    ['[fd00::1]:6443', 'https://[fd00::1]:6443', true],
    ['[fd00::1]:6443', 'https://[fd00::1]', false],
    ['', 'https://a', false],
    ['10.0.0.0/99,/8,:1,.', 'https://10.0.0.1', false],
  ])('is left out by NO_PROXY=%s for %s: %s', (list, url, isDirect) => {
    const found = way({ HTTPS_PROXY: 'http://p:1', NO_PROXY: list }, new URL(url));
    expect(found === undefined).toBe(isDirect);
  });

  it('is decided for whatever NO_PROXY holds', () => {
    assert(
      property(string(), (list) => {
        const found = way({ HTTPS_PROXY: 'http://p:1', NO_PROXY: list });
        expect([undefined, 'http://p:1/']).toContain(found);
      }),
    );
  });

  it.each(['ftp://p:1', 'http://', 'p:1'])('must be one: proxy-url %s', (url) => {
    expect(() => proxyFor(server, url, {})).toThrow('proxy-url of the kubeconfig is no URL of a proxy');
  });

  it('is shown without its password', () => {
    expect(shownProxy(new URL('http://me:geheim@p:3128/x'))).toBe('http://p:3128');
  });
});
