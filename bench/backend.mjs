// A component's server for benches: echoes WebSockets, sends `/big`, takes its time for `/slow`, breaks off at `/half`, swallows uploads. Prints its port; ends with its parent.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const chunk = Buffer.alloc(1024 * 1024);

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://backend');
  if (pathname === '/big') return send(response, Number(searchParams.get('bytes')));
  if (pathname === '/slow') return void setTimeout(() => response.end('ok'), 100);
  if (pathname === '/half') return void response.write('half', () => setImmediate(() => response.destroy()));
  request.resume().on('end', () => response.end('ok'));
});

function send(response, bytes) {
  response.writeHead(200, { 'content-length': bytes });
  let left = bytes;
  const write = () => {
    while (left > 0) {
      const part = left < chunk.length ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      if (!response.write(part)) {
        response.once('drain', write);
        return;
      }
    }
    response.end();
  };
  write();
}

new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) =>
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
