// Requests that are wrong in every way known to matter, byte by byte: what each gets, and what of it may reach a component.

/** One conversation: bytes that a client sends at once on a connection of its own. */
export interface BadRequest {
  readonly name: string;
  /** One character per byte. The host `page` leads to a component at both ports. */
  readonly bytes: () => string;
  /** Status of each answer, in order; a list where several are right. */
  readonly answers: readonly (number | readonly number[])[];
  /** Targets of the requests that components get. */
  readonly reaches?: readonly string[];
  /** Targets of further requests that components may get, or their beginning, before it is seen that they are bad. */
  readonly mayReach?: readonly string[];
  /** What the connection is afterwards: open for the next request, or closed. By default closed. */
  readonly leaves?: 'open' | 'closed';
  /** Where it makes sense, or is answered so: by default at both ports. */
  readonly at?: 'edge' | 'internal';
}

const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: page\r\n\r\n';
const last = 'GET /last HTTP/1.1\r\nhost: page\r\nconnection: close\r\n\r\n';
const empty = '0\r\n\r\n';

/** A POST with these further header lines, and what follows its head. */
function post(lines: string, rest = ''): () => string {
  return () => `POST /post HTTP/1.1\r\nhost: page\r\n${lines}\r\n\r\n${rest}`;
}

/** A GET with these further header lines, and a request behind it that mustn't be taken for one where the first is refused. */
function get(lines: string): () => string {
  return () => `GET /get HTTP/1.1\r\nhost: page\r\n${lines}\r\n\r\n${smuggled}`;
}

/** A GET of a target; the connection stays. */
function target(text: string): () => string {
  return () => `GET ${text} HTTP/1.1\r\nhost: page\r\n\r\n`;
}

const chunked = 'transfer-encoding: chunked';

/** Where two parsers could see the end of a request in two places. */
const framing: readonly BadRequest[] = [
  {
    name: 'a length, then chunks',
    bytes: post(`content-length: 5\r\n${chunked}`, empty + smuggled),
    answers: [400],
  },
  {
    name: 'chunks, then a length',
    bytes: post(`${chunked}\r\ncontent-length: 5`, empty + smuggled),
    answers: [400],
  },
  {
    name: 'a length of zero and chunks',
    bytes: post(`content-length: 0\r\n${chunked}`, empty + smuggled),
    answers: [400],
  },
  {
    name: 'chunks that are not the last coding',
    bytes: post('transfer-encoding: chunked, identity', empty + smuggled),
    answers: [400],
  },
  {
    name: 'chunks twice',
    bytes: post('transfer-encoding: chunked, chunked', empty + smuggled),
    answers: [400],
  },
  {
    name: 'chunks in two headers',
    bytes: post(`${chunked}\r\n${chunked}`, empty + smuggled),
    answers: [400],
  },
  {
    name: 'chunks, then identity in another header',
    bytes: post(`${chunked}\r\ntransfer-encoding: identity`, empty + smuggled),
    answers: [400],
  },
  {
    name: 'identity, then chunks in another header',
    bytes: post(`transfer-encoding: identity\r\n${chunked}`, empty + last),
    answers: [400],
  },
  { name: 'an unknown coding', bytes: post('transfer-encoding: xchunked', empty + smuggled), answers: [400] },
  {
    name: 'a coding that only begins with chunked',
    bytes: post('transfer-encoding: chunkedx', empty + smuggled),
    answers: [400],
  },
  { name: 'identity', bytes: post('transfer-encoding: identity', empty + smuggled), answers: [400] },
  { name: 'no coding', bytes: post('transfer-encoding:', empty + smuggled), answers: [400] },
  { name: 'a quoted coding', bytes: post('transfer-encoding: "chunked"', empty + smuggled), answers: [400] },
  {
    name: 'chunked behind a vertical tab',
    bytes: post('transfer-encoding: \x0bchunked', empty + smuggled),
    answers: [400],
  },
  {
    name: 'chunked behind a tab is chunked',
    bytes: post('transfer-encoding:\tchunked', empty + last),
    answers: [200, 200],
    reaches: ['/post', '/last'],
  },
  {
    name: 'chunked in capitals is chunked',
    bytes: post('Transfer-Encoding: CHUNKED', empty + last),
    answers: [200, 200],
    reaches: ['/post', '/last'],
  },
  {
    name: 'chunked before spaces is chunked',
    bytes: post('transfer-encoding: chunked  ', empty + last),
    answers: [200, 200],
    reaches: ['/post', '/last'],
  },
  {
    name: 'a space before the colon',
    bytes: post('transfer-encoding : chunked', empty + smuggled),
    answers: [400],
  },
  {
    name: 'a tab before the colon',
    bytes: post('transfer-encoding\t: chunked', empty + smuggled),
    answers: [400],
  },
  {
    name: 'a NUL before the colon',
    bytes: post('transfer-encoding\0: chunked', empty + smuggled),
    answers: [400],
  },
  {
    name: 'a space before the name',
    bytes: post(' transfer-encoding: chunked', empty + smuggled),
    answers: [400],
  },
  {
    name: 'a value folded over two lines',
    bytes: post('transfer-encoding:\r\n chunked', empty + smuggled),
    answers: [400],
  },
  { name: 'a harmless value folded over two lines', bytes: get('x-a: b\r\n c'), answers: [400] },
  {
    name: 'a folded value that hides a header',
    bytes: post(`x-a: b\r\n\t${chunked}`, empty + smuggled),
    answers: [400],
  },
  {
    name: 'a length folded over two lines',
    bytes: post('content-length:\r\n 5', `hello${smuggled}`),
    answers: [400],
  },
  {
    name: 'chunks in HTTP/1.0',
    bytes: () => `POST /post HTTP/1.0\r\nhost: page\r\n${chunked}\r\n\r\n${empty}${smuggled}`,
    answers: [400],
  },
  {
    name: 'two lengths that differ',
    bytes: post('content-length: 0\r\ncontent-length: 5', smuggled),
    answers: [400],
  },
  {
    name: 'two lengths that agree',
    bytes: post('content-length: 0\r\ncontent-length: 0', smuggled),
    answers: [400],
  },
  { name: 'a list of lengths', bytes: post('content-length: 0, 5', smuggled), answers: [400] },
  { name: 'a list of one length twice', bytes: post('content-length: 0, 0', smuggled), answers: [400] },
  { name: 'a length with a plus', bytes: post('content-length: +5', `hello${smuggled}`), answers: [400] },
  { name: 'a length with a minus', bytes: post('content-length: -5', smuggled), answers: [400] },
  { name: 'a negative zero', bytes: post('content-length: -0', smuggled), answers: [400] },
  { name: 'a hexadecimal length', bytes: post('content-length: 0x5', `hello${smuggled}`), answers: [400] },
  {
    name: 'a length with an exponent',
    bytes: post('content-length: 5e0', `hello${smuggled}`),
    answers: [400],
  },
  {
    name: 'a length with a fraction',
    bytes: post('content-length: 5.0', `hello${smuggled}`),
    answers: [400],
  },
  {
    name: 'a length with a space inside',
    bytes: post('content-length: 5 0', `hello${smuggled}`),
    answers: [400],
  },
  {
    name: 'a length in another script',
    bytes: post('content-length: \xd9\xa5', `hello${smuggled}`),
    answers: [400],
  },
  { name: 'no length', bytes: post('content-length:', smuggled), answers: [400] },
  {
    name: 'a length beyond 64 bits',
    bytes: post('content-length: 18446744073709551617', `h${smuggled}`),
    answers: [400],
  },
  {
    name: 'a length of a hundred digits',
    bytes: post(`content-length: ${'9'.repeat(100)}`, smuggled),
    answers: [400],
  },
  {
    name: 'a length behind a tab counts',
    bytes: post('content-length:\t5', `hello${last}`),
    answers: [200, 200],
    reaches: ['/post', '/last'],
  },
  {
    name: 'a length with zeros before it counts',
    bytes: post('content-length: 0005', `hello${last}`),
    answers: [200, 200],
    reaches: ['/post', '/last'],
  },
  {
    name: 'a GET with a body: all of it is its own',
    bytes: () =>
      `GET /get HTTP/1.1\r\nhost: page\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}${last}`,
    answers: [200, 200],
    reaches: ['/get', '/last'],
  },
  {
    name: 'the length named by Connection is kept',
    bytes: post('connection: content-length\r\ncontent-length: 5', `hello${last}`),
    answers: [200, 200],
    reaches: ['/post', '/last'],
  },
];

const chunks: readonly BadRequest[] = [
  {
    name: 'extensions of a chunk end at the router',
    bytes: post(chunked, `5;a=b;c="d e"\r\nhello\r\n${empty}${last}`),
    answers: [200, 200],
    reaches: ['/post', '/last'],
  },
  {
    name: 'huge extensions of a chunk',
    bytes: post(chunked, `5;a=${'b'.repeat(20_000)}\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a bare line feed behind an extension',
    bytes: post(chunked, `5;\nxx\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a chunk size that is no number',
    bytes: post(chunked, `x\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a negative chunk size',
    bytes: post(chunked, `-1\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a chunk size with a plus',
    bytes: post(chunked, `+5\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a chunk size with 0x',
    bytes: post(chunked, `0x5\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a chunk size beyond 64 bits',
    bytes: post(chunked, `10000000000000005\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a chunk size behind a space',
    bytes: post(chunked, ` 5\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a chunk size before a space',
    bytes: post(chunked, `5 \r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'no chunk size',
    bytes: post(chunked, `\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a bare line feed behind a chunk size',
    bytes: post(chunked, `5\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'nothing behind a chunk',
    bytes: post(chunked, `5\r\nhello${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a bare line feed behind a chunk',
    bytes: post(chunked, `5\r\nhello\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a chunk longer than it says',
    bytes: post(chunked, `3\r\nhello\r\n${empty}${smuggled}`),
    answers: [400],
    mayReach: ['/post'],
  },
  {
    name: 'a trailer that would forge fox’s own',
    bytes: post(chunked, `5\r\nhello\r\n0\r\nx-fox-env: forged\r\nkf-dep: v9\r\n\r\n${last}`),
    answers: [200, 200],
    reaches: ['/post', '/last'],
  },
  {
    name: 'a trailer that would frame anew',
    bytes: post(chunked, `5\r\nhello\r\n0\r\ncontent-length: 50\r\n\r\n${last}`),
    answers: [[400, 200]],
    mayReach: ['/post'],
  },
  {
    name: 'trailers without end',
    bytes: post(chunked, `5\r\nhello\r\n0\r\nx-a: ${'a'.repeat(70_000)}\r\n\r\n${smuggled}`),
    answers: [[400, 431]],
    mayReach: ['/post'],
  },
];

const heads: readonly BadRequest[] = [
  {
    name: 'a bare line feed behind a header',
    bytes: () => `GET /get HTTP/1.1\r\nhost: page\nx-a: 1\r\n\r\n${smuggled}`,
    answers: [400],
  },
  {
    name: 'bare line feeds only',
    bytes: () => `GET /get HTTP/1.1\nhost: page\n\n${smuggled}`,
    answers: [400],
  },
  { name: 'a bare carriage return in a value', bytes: get('x-a: 1\rx-b: 2'), answers: [400] },
  {
    name: 'a bare carriage return behind a header',
    bytes: () => `GET /get HTTP/1.1\r\nhost: page\r\rx-a: 1\r\n\r\n${smuggled}`,
    answers: [400],
  },
  {
    name: 'a line feed first at the end',
    bytes: () => `GET /get HTTP/1.1\r\nhost: page\r\n\n${smuggled}`,
    answers: [400],
  },
  { name: 'a header without a colon', bytes: get('x-a'), answers: [400] },
  { name: 'a header without a name', bytes: get(': value'), answers: [400] },
  { name: 'a header name with a space', bytes: get('x a: 1'), answers: [400] },
  { name: 'a header name with a NUL', bytes: get('x\0a: 1'), answers: [400] },
  { name: 'a header name with a control character', bytes: get('x\x01a: 1'), answers: [400] },
  { name: 'a header name that is no ASCII', bytes: get('x-\xe9: 1'), answers: [400] },
  { name: 'a header name in brackets', bytes: get('(x): 1'), answers: [400] },
  { name: 'a value with a NUL', bytes: get('x-a: 1\0'), answers: [400] },
  { name: 'a value with a control character', bytes: get('x-a: 1\x01'), answers: [400] },
  { name: 'a value with a DEL', bytes: get('x-a: 1\x7f'), answers: [400] },
  {
    name: 'a value that is no ASCII passes',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: page\r\nx-a: caf\xe9\r\n\r\n',
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
  },
  {
    name: 'an empty value passes',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: page\r\nx-a:\r\n\r\n',
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
  },
  { name: 'a header of 70 KB', bytes: get(`x-a: ${'a'.repeat(70_000)}`), answers: [431] },
  { name: 'a header name of 70 KB', bytes: get(`${'a'.repeat(70_000)}: 1`), answers: [431] },
  { name: '5,000 headers', bytes: get('x-a: 1\r\n'.repeat(5_000).trimEnd()), answers: [431] },
  { name: '250 headers', bytes: get('x-a: 1\r\n'.repeat(250).trimEnd()), answers: [431] },
  {
    name: '150 headers pass',
    bytes: () => `GET /get HTTP/1.1\r\nhost: page\r\n${'x-a: 1\r\n'.repeat(150)}\r\n`,
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
  },
  { name: 'a million headers', bytes: get('a:\r\n'.repeat(1_000_000).trimEnd()), answers: [431] },
  {
    name: 'empty lines before the request are passed over',
    bytes: () => `\r\n\r\n${last}`,
    answers: [200],
    reaches: ['/last'],
  },
  {
    name: 'an expectation that nobody knows',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: page\r\nexpect: miracles\r\n\r\n',
    answers: [417],
    leaves: 'open',
  },
];

const lines: readonly BadRequest[] = [
  { name: 'a target with a space', bytes: target('/a b'), answers: [400] },
  {
    name: 'a tab in the request line',
    bytes: () => `GET\t/get HTTP/1.1\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [400],
  },
  {
    name: 'more spaces in the request line are passed over',
    bytes: () => 'GET  /get  HTTP/1.1\r\nhost: page\r\n\r\n',
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
  },
  { name: 'a target with a NUL', bytes: target('/a\0b'), answers: [400] },
  { name: 'a target with a control character', bytes: target('/a\x01b'), answers: [400] },
  { name: 'a target that is no ASCII', bytes: target('/caf\xe9'), answers: [400] },
  { name: 'no target', bytes: () => `GET HTTP/1.1\r\nhost: page\r\n\r\n${smuggled}`, answers: [400] },
  {
    name: 'a target of 10 KB passes',
    bytes: target(`/${'a'.repeat(10_000)}`),
    answers: [200],
    reaches: [`/${'a'.repeat(10_000)}`],
    leaves: 'open',
  },
  { name: 'a target of 40 KB', bytes: target(`/${'a'.repeat(40_000)}`), answers: [[414, 431]] },
  { name: 'a target of 10 MB', bytes: target(`/${'a'.repeat(10_000_000)}`), answers: [[414, 431]] },
  {
    name: 'a method without end',
    bytes: () => `${'A'.repeat(100_000)} / HTTP/1.1\r\nhost: page\r\n\r\n`,
    answers: [400],
  },
  {
    name: 'a method that nobody knows',
    bytes: () => `BREW /get HTTP/1.1\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [400],
  },
  {
    name: 'a method in lower case',
    bytes: () => `get /get HTTP/1.1\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [400],
  },
  {
    name: 'a method with a NUL',
    bytes: () => `G\0ET /get HTTP/1.1\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [400],
  },
  { name: 'TRACE', bytes: () => 'TRACE /get HTTP/1.1\r\nhost: page\r\n\r\n', answers: [405], leaves: 'open' },
  {
    name: 'CONNECT',
    bytes: () => `CONNECT page:443 HTTP/1.1\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [405],
  },
  { name: 'HTTP/0.9', bytes: () => 'GET /get\r\n\r\n', answers: [400] },
  {
    name: 'HTTP/0.9 in full',
    bytes: () => `GET /get HTTP/0.9\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [400],
  },
  {
    name: 'HTTP/1.0 ends its connection',
    bytes: () => `GET /get HTTP/1.0\r\nhost: page\r\n\r\n`,
    answers: [200],
    reaches: ['/get'],
  },
  {
    name: 'HTTP/1.0 may keep its connection',
    bytes: () => `GET /get HTTP/1.0\r\nhost: page\r\nconnection: keep-alive\r\n\r\n`,
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
  },
  { name: 'HTTP/1.2', bytes: () => `GET /get HTTP/1.2\r\nhost: page\r\n\r\n${smuggled}`, answers: [400] },
  {
    name: 'HTTP/2.0',
    bytes: () => `GET /get HTTP/2.0\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [[400, 505]],
  },
  {
    name: 'HTTP/9.9',
    bytes: () => `GET /get HTTP/9.9\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [[400, 505]],
  },
  {
    name: 'a version in lower case',
    bytes: () => `GET /get http/1.1\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [400],
  },
  {
    name: 'a version with more digits',
    bytes: () => `GET /get HTTP/1.10\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [400],
  },
  {
    name: 'another protocol of that form is taken for HTTP',
    bytes: () => `GET /get RTSP/1.0\r\nhost: page\r\n\r\n${smuggled}`,
    answers: [200],
    reaches: ['/get'],
  },
  {
    name: 'the preface of HTTP/2',
    bytes: () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
    answers: [400],
  },
  { name: 'a TLS handshake', bytes: () => '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', answers: [400] },
  { name: 'noise', bytes: () => '\xff\xfe\xfd\xfc\r\n\r\n', answers: [400] },
];

const hosts: readonly BadRequest[] = [
  { name: 'no host', bytes: () => `GET /get HTTP/1.1\r\n\r\n${smuggled}`, answers: [400] },
  {
    name: 'two hosts',
    bytes: () => `GET /get HTTP/1.1\r\nhost: page\r\nhost: page\r\n\r\n`,
    answers: [400],
    leaves: 'open',
  },
  {
    name: 'two hosts that differ',
    bytes: () => `GET /get HTTP/1.1\r\nhost: page\r\nhost: other\r\n\r\n`,
    answers: [400],
    leaves: 'open',
  },
  { name: 'an empty host', bytes: () => 'GET /get HTTP/1.1\r\nhost:\r\n\r\n', answers: [400] },
  { name: 'a host with a space', bytes: () => 'GET /get HTTP/1.1\r\nhost: a b\r\n\r\n', answers: [400] },
  {
    name: 'a host with user and password',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: user:password@page\r\n\r\n',
    answers: [400],
  },
  { name: 'a host with a slash', bytes: () => 'GET /get HTTP/1.1\r\nhost: page/x\r\n\r\n', answers: [400] },
  { name: 'a host with a query', bytes: () => 'GET /get HTTP/1.1\r\nhost: page?x\r\n\r\n', answers: [400] },
  {
    name: 'a host with a comma',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: page,other\r\n\r\n',
    answers: [400],
  },
  {
    name: 'a host with a port that is none',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: page:80x\r\n\r\n',
    answers: [400],
  },
  {
    name: 'a host with two ports',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: page:80:81\r\n\r\n',
    answers: [400],
  },
  { name: 'a port alone', bytes: () => 'GET /get HTTP/1.1\r\nhost: :80\r\n\r\n', answers: [400] },
  {
    name: 'a bracket that stays open',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: [::1\r\n\r\n',
    answers: [400],
  },
  {
    name: 'a host of 10 KB',
    bytes: () => `GET /get HTTP/1.1\r\nhost: ${'a'.repeat(10_000)}\r\n\r\n`,
    answers: [400],
  },
  {
    name: 'a host with a port passes',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: page:8080\r\n\r\n',
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
  },
  {
    name: 'an IPv6 host passes',
    bytes: () => 'GET /get HTTP/1.1\r\nhost: [::1]:80\r\n\r\n',
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
    at: 'edge',
  },
  ...['http://page/get', 'HTTP://page:80/get', 'https://page/get'].map((text): BadRequest => ({
    name: `${text} counts, whatever the host`,
    bytes: () => `GET ${text} HTTP/1.1\r\nhost: other\r\n\r\n`,
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
  })),
  {
    name: 'an absolute target without a path is one of /',
    bytes: target('http://page?a'),
    answers: [200],
    reaches: ['/?a'],
    leaves: 'open',
  },
  {
    name: 'an absolute target with two hosts',
    bytes: () => 'GET http://page/get HTTP/1.1\r\nhost: page\r\nhost: page\r\n\r\n',
    answers: [400],
    leaves: 'open',
  },
  {
    name: 'an absolute target without a host header',
    bytes: () => `GET http://page/get HTTP/1.1\r\n\r\n${smuggled}`,
    answers: [400],
  },
  ...[
    'http://user:password@page/get',
    'http:///get',
    'http://page:80x/get',
    'http://page\\other/get',
    'http://page#/get',
  ].map((text): BadRequest => ({
    name: `${text} is refused`,
    bytes: () => target(text)() + smuggled,
    answers: [400],
  })),
  ...['http://page/a/../secret', 'ftp://page/get'].map((text): BadRequest => ({
    name: `${text} is refused`,
    bytes: target(text),
    answers: [400],
    leaves: 'open',
  })),
  {
    name: 'an absolute target without a path is an asterisk to OPTIONS',
    bytes: () => 'OPTIONS http://page HTTP/1.1\r\nhost: page\r\n\r\n',
    answers: [400],
    leaves: 'open',
  },
  {
    name: 'a target that is an authority',
    bytes: () => 'GET page:80 HTTP/1.1\r\nhost: page\r\n\r\n',
    answers: [400],
  },
  {
    name: 'an asterisk',
    bytes: () => 'OPTIONS * HTTP/1.1\r\nhost: page\r\n\r\n',
    answers: [400],
    leaves: 'open',
  },
  {
    name: 'a target without a slash',
    bytes: () => 'GET secret HTTP/1.1\r\nhost: page\r\n\r\n',
    answers: [400],
  },
];

/** Targets by which a rule for `/secret` could be passed by, or reached by somebody who asks for something else. */
const paths: readonly BadRequest[] = [
  ...[
    '/a/../secret',
    '/a/..%2fsecret',
    '/a/..%2Fsecret',
    '/a/%2e%2e/secret',
    '/a/%2E./secret',
    '/a/.%2e/secret',
    '/./secret',
    '/%2e/secret',
    '/a/..;/secret',
    '/a/..;x=y/secret',
    '/a\\..\\secret',
    '/a%5c..%5csecret',
    '/..%5csecret',
    '/a/%2e%2e%2fsecret',
    '/secret/..',
    '/a#/../secret',
  ].map((text): BadRequest => ({
    name: `${text} is refused`,
    bytes: target(text),
    answers: [400],
    leaves: 'open',
  })),
  // What a path means that is encoded twice, or has empty segments, is up to the component; the router doesn't take it for another.
  ...[
    '//secret',
    '///secret',
    '/a//secret',
    '/%252e%252e/secret',
    '/a/..%252fsecret',
    '/secret%2fx',
    '/%73ecretx',
    '/a%00b',
    '/a%0d%0aset-cookie:x',
    '/...',
    '/a/.../secret',
    '/;/secret',
    '/a/;/b',
  ].map((text): BadRequest => ({
    name: `${text} is what it is`,
    bytes: target(text),
    answers: [200],
    reaches: [text],
    leaves: 'open',
    at: 'edge',
  })),
  ...['/%', '/%2', '/%zz', '/a%e9', '/%c0%ae%c0%ae/secret', '/%ff/secret'].map((text): BadRequest => ({
    name: `${text} is what it is, or refused`,
    bytes: target(text),
    answers: [[200, 400]],
    mayReach: [text],
    leaves: 'open',
    at: 'edge',
  })),
];

const offer = 'POST /post HTTP/1.1\r\nhost: page\r\nconnection: upgrade\r\nupgrade: h2c\r\n';

const upgrades: readonly BadRequest[] = [
  {
    name: 'an upgrade to HTTP/2 is not taken',
    bytes: () =>
      `GET /get HTTP/1.1\r\nhost: page\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n`,
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
  },
  {
    name: 'an upgrade to TLS is not taken',
    bytes: () => 'OPTIONS /get HTTP/1.1\r\nhost: page\r\nconnection: upgrade\r\nupgrade: TLS/1.0\r\n\r\n',
    answers: [200],
    reaches: ['/get'],
    leaves: 'open',
  },
  {
    name: 'bytes behind an upgrade that is not taken are the next request',
    bytes: () => `GET /get HTTP/1.1\r\nhost: page\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n${last}`,
    answers: [200, 200],
    reaches: ['/get', '/last'],
  },
  {
    name: 'a body behind an upgrade that is not taken does not become a request',
    bytes: () => `${offer}content-length: ${smuggled.length}\r\n\r\n${smuggled}${last}`,
    answers: [200, 200],
    reaches: ['/post', '/last'],
  },
  ...[
    [100, 150],
    [200, 100],
    [1, 250],
  ].map(([offers = 0, others = 0]): BadRequest => ({
    name: `a length behind ${offers} offers and ${others} other headers is not lost`,
    bytes: () =>
      `${offer}${'upgrade: h2c\r\n'.repeat(offers)}${'a: b\r\n'.repeat(others)}content-length: ${smuggled.length}\r\n\r\n${smuggled}`,
    answers: [431],
  })),
];

/** Requests behind others on one connection. */
const lined: readonly BadRequest[] = [
  {
    name: 'three requests at once are answered in order',
    bytes: () => `GET /slow HTTP/1.1\r\nhost: page\r\n\r\nGET /get HTTP/1.1\r\nhost: page\r\n\r\n${last}`,
    answers: [200, 200, 200],
    reaches: ['/slow', '/get', '/last'],
  },
  {
    name: 'a refused request between two good ones',
    bytes: () => `GET /slow HTTP/1.1\r\nhost: page\r\n\r\nGET /a/../b HTTP/1.1\r\nhost: page\r\n\r\n${last}`,
    answers: [200, 400, 200],
    reaches: ['/slow', '/last'],
  },
  {
    name: 'noise behind a request that is being answered',
    bytes: () => 'GET /slow HTTP/1.1\r\nhost: page\r\n\r\n\xff\xfe\xfd',
    answers: [200],
    reaches: ['/slow'],
  },
  {
    name: 'CONNECT behind a request that is being answered is not taken for its answer',
    bytes: () => 'GET /slow HTTP/1.1\r\nhost: page\r\n\r\nCONNECT page:443 HTTP/1.1\r\nhost: page\r\n\r\n',
    answers: [],
    reaches: ['/slow'],
  },
  {
    name: 'a request behind the end that was asked for',
    bytes: () => `GET /slow HTTP/1.1\r\nhost: page\r\nconnection: close\r\n\r\n${smuggled}`,
    answers: [200],
    reaches: ['/slow'],
  },
  {
    name: 'a thousand requests at once',
    bytes: () =>
      `GET /slow HTTP/1.1\r\nhost: page\r\n\r\n${'GET /get HTTP/1.1\r\nhost: page\r\n\r\n'.repeat(1_000)}`,
    answers: [],
    reaches: ['/slow'],
  },
  {
    name: 'a body that is not read does not become a request',
    bytes: () =>
      `POST /a/../b HTTP/1.1\r\nhost: page\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}${last}`,
    answers: [400, 200],
    reaches: ['/last'],
  },
];

export const badRequests = { framing, chunks, heads, lines, hosts, paths, upgrades, lined } as const;
