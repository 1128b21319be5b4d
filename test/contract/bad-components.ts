// Responses that are wrong in every way known to matter, byte by byte, and what a client may see of each.
import type { Socket } from 'node:net';

/** What a component does with the request for `/bad`. */
export interface BadComponent {
  readonly name: string;
  readonly behave: (socket: Socket) => void;
  /** Statuses that the client may get. */
  readonly gets: readonly number[];
  /** The body of the response must be seen to have broken off, or be exactly this. */
  readonly body?: 'broken' | { readonly exactly: string };
  readonly method?: 'GET' | 'HEAD' | 'POST';
  /** The router must end the connection by itself before it sends another request by it. */
  readonly leaves?: 'closed';
}

const head = 'HTTP/1.1 200 OK\r\n';
const good = `${head}content-length: 4\r\n\r\ngood`;
const stolen = `${head}content-length: 6\r\n\r\nstolen`;

/** Writes these bytes, and leaves the connection open. */
function write(bytes: string): BadComponent['behave'] {
  return (socket) => void socket.write(bytes, 'latin1');
}

/** Writes these bytes, and closes the connection. */
function end(bytes: string): BadComponent['behave'] {
  return (socket) => void socket.end(bytes, 'latin1');
}

/** Writes these bytes, and resets the connection once they are sent. */
function reset(bytes: string): BadComponent['behave'] {
  return (socket) => void socket.write(bytes, 'latin1', () => socket.resetAndDestroy());
}

/** Writes these bytes again and again, as fast as they are read. */
function repeat(first: string, bytes: string): BadComponent['behave'] {
  return (socket) => {
    const more = (): void => {
      while (socket.writable && socket.write(bytes, 'latin1'));
    };
    socket.on('drain', more).write(first, 'latin1');
    more();
  };
}

export const badComponents: readonly BadComponent[] = [
  { name: 'a reset before an answer', behave: (socket) => socket.resetAndDestroy(), gets: [502] },
  { name: 'an end before an answer', behave: end(''), gets: [502] },
  { name: 'a reset in the status line', behave: reset('HTTP/1.1 20'), gets: [502] },
  { name: 'a reset in the headers', behave: reset(`${head}x-a: b`), gets: [502] },
  { name: 'an end in the headers', behave: end(`${head}x-a: b\r\n`), gets: [502] },
  {
    name: 'a reset behind the headers',
    behave: reset(`${head}content-length: 10\r\n\r\n`),
    gets: [200, 502],
    body: 'broken',
  },
  {
    name: 'a reset in a body with a length',
    behave: reset(`${head}content-length: 10\r\n\r\nhalf`),
    gets: [200],
    body: 'broken',
  },
  {
    name: 'a reset in a body of chunks',
    behave: reset(`${head}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`),
    gets: [200],
    body: 'broken',
  },
  {
    name: 'a reset in a body of chunks that says that it will end the connection',
    behave: reset(`${head}connection: close\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`),
    gets: [200],
    body: 'broken',
  },
  {
    name: 'a length that is too long',
    behave: end(`${head}content-length: 10\r\n\r\nhalf`),
    gets: [200],
    body: 'broken',
  },
  {
    name: 'chunks without the last',
    behave: end(`${head}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`),
    gets: [200],
    body: 'broken',
  },
  {
    name: 'a length that is too short: the rest belongs to nobody',
    behave: write(`${good}${stolen}`),
    gets: [200, 502],
    body: { exactly: 'good' },
  },
  {
    name: 'a second response behind the first, later',
    behave: (socket) => void socket.write(good, () => setImmediate(() => socket.write(stolen))),
    gets: [200],
    body: { exactly: 'good' },
    leaves: 'closed',
  },
  {
    name: 'a body that its end ends is whole',
    behave: end(`${head}\r\nwhole`),
    gets: [200],
    body: { exactly: 'whole' },
  },
  { name: 'no HTTP at all', behave: end('nonsense\r\n\r\n'), gets: [502] },
  { name: 'bytes that are no text', behave: end('\0\xff\xfe'), gets: [502] },
  { name: 'an answer of HTTP/0.9', behave: end('<html>old</html>'), gets: [502] },
  {
    name: 'HTTP/2',
    behave: end('\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff'),
    gets: [502],
  },
  { name: 'a status that is no number', behave: end('HTTP/1.1 abc OK\r\n\r\n'), gets: [502] },
  { name: 'a status of two digits', behave: end('HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n'), gets: [502] },
  { name: 'status 000', behave: end('HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n'), gets: [502] },
  { name: 'status 999', behave: end('HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n'), gets: [502, 999] },
  {
    name: 'a reason with a carriage return',
    behave: end('HTTP/1.1 200 O\rK\r\ncontent-length: 0\r\n\r\n'),
    gets: [200, 502],
  },
  {
    name: 'a header without a colon',
    behave: end(`${head}nonsense\r\ncontent-length: 0\r\n\r\n`),
    gets: [502],
  },
  {
    name: 'a header name with a space',
    behave: end(`${head}x a: 1\r\ncontent-length: 0\r\n\r\n`),
    gets: [502],
  },
  {
    name: 'a header value with a NUL',
    behave: end(`${head}x-a: 1\0\r\ncontent-length: 0\r\n\r\n`),
    gets: [502],
  },
  {
    name: 'a header value with a control character',
    behave: end(`${head}x-a: 1\x01\r\ncontent-length: 0\r\n\r\n`),
    gets: [502],
  },
  {
    name: 'a header value with a bare carriage return',
    behave: end(`${head}x-a: 1\rset-cookie: stolen\r\ncontent-length: 0\r\n\r\n`),
    gets: [502],
  },
  {
    name: 'a header of 100 KB',
    behave: end(`${head}x-a: ${'a'.repeat(100_000)}\r\ncontent-length: 0\r\n\r\n`),
    gets: [502],
  },
  { name: 'headers without end', behave: repeat(head, 'x-a: b\r\n'), gets: [502, 504] },
  { name: 'a header without end', behave: repeat(`${head}x-a: `, 'a'.repeat(10_000)), gets: [502, 504] },
  {
    name: 'a length and chunks',
    behave: end(`${head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n`),
    gets: [502],
  },
  {
    name: 'two lengths',
    behave: end(`${head}content-length: 4\r\ncontent-length: 5\r\n\r\ngood!`),
    gets: [502],
  },
  { name: 'a length that is none', behave: end(`${head}content-length: four\r\n\r\ngood`), gets: [502] },
  {
    name: 'a chunk size that is none',
    behave: write(`${head}transfer-encoding: chunked\r\n\r\nxyz\r\nbad\r\n0\r\n\r\n`),
    gets: [200, 502],
    body: 'broken',
  },
  {
    name: 'a chunk that is longer than it says',
    behave: write(`${head}transfer-encoding: chunked\r\n\r\n2\r\nlong\r\n0\r\n\r\n`),
    gets: [200, 502],
    body: 'broken',
  },
  {
    name: 'trailers without end',
    behave: repeat(`${head}transfer-encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n`, 'x-a: b\r\n'),
    gets: [200, 502, 504],
    body: 'broken',
  },
  {
    name: '101 that nobody asked for',
    behave: write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n\0\0'),
    gets: [502],
  },
  {
    name: '100 and then the answer',
    behave: write(`HTTP/1.1 100 Continue\r\n\r\n${good}`),
    gets: [200, 502],
  },
  {
    name: 'interim answers without end',
    behave: repeat('', 'HTTP/1.1 102 Processing\r\n\r\n'),
    gets: [502, 504],
  },
  {
    name: 'hints, and then the answer',
    behave: write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${good}`),
    gets: [200],
    body: { exactly: 'good' },
  },
  {
    name: 'a body behind HEAD',
    behave: write(`${head}content-length: 6\r\n\r\nstolen`),
    gets: [200],
    body: { exactly: '' },
    method: 'HEAD',
  },
  {
    name: 'a body behind 204',
    behave: write(`HTTP/1.1 204 No Content\r\n\r\n${stolen}`),
    gets: [204],
    body: { exactly: '' },
  },
  {
    name: 'a body behind 304',
    behave: write(`HTTP/1.1 304 Not Modified\r\ncontent-length: 6\r\n\r\nstolen`),
    gets: [304],
    body: { exactly: '' },
  },
  { name: 'silence', behave: () => undefined, gets: [504] },
  { name: 'silence behind half a head', behave: write(`${head}x-a: b\r\n`), gets: [504] },
  { name: 'a head, byte by byte, without end', behave: drip, gets: [502, 504] },
  { name: 'a body that nobody reads', behave: (socket) => void socket.pause(), gets: [504], method: 'POST' },
  {
    name: 'an answer before the body is read',
    behave: (socket) =>
      void socket
        .pause()
        .end('HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\nconnection: close\r\n\r\nlarge'),
    gets: [413, 502],
    method: 'POST',
  },
];

function drip(socket: Socket): void {
  socket.write(`${head}x-a: `);
  const timer = setInterval(() => socket.write('a'), 5);
  socket.on('close', () => clearInterval(timer));
}
