// Answers every request with a greeting.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.on('finish', () => log(request, response));
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(`${process.env.GREETING}, world!\n`);
});

// One line per request, with the version that it belongs to: `GET / 200 my-app-v1`.
function log({ method, url, headers }, { statusCode }) {
  const version = /\bkf-dep=([^,;]+)/.exec(headers.baggage ?? '')?.[1] ?? '';
  console.log(`${method} ${url.split('?')[0]} ${statusCode} ${version}`.trimEnd());
}

server.listen(process.env.PORT, process.env.HOST, () => console.log(`listening on ${process.env.PORT}`));

// Requests that are being answered are finished first.
process.on('SIGTERM', () => {
  server.close(() => process.exit());
  setInterval(() => server.closeIdleConnections(), 50);
});
