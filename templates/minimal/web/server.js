// Answers every request with a greeting.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(`${process.env.GREETING}, world!\n`);
});

server.listen(process.env.PORT, process.env.HOST);

// Requests that are being answered are finished first.
process.on('SIGTERM', () => {
  server.close(() => process.exit());
  setInterval(() => server.closeIdleConnections(), 50);
});
