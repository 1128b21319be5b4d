// Packs orders: each request packs the next one.
import { createServer } from 'node:http';

const self = { component: 'order-worker', release: 'v1', pid: process.pid };
let packed = 0;

const server = createServer(async (request, response) => {
  response.on('finish', () => log(request, response));
  response.setHeader('content-type', 'application/json');
  try {
    const api = await call(process.env.API_SERVER_URL, request);
    const order = api.orders[packed++ % api.orders.length];
    response.end(JSON.stringify({ ...self, packed: order, hops: [api] }, null, 2));
  } catch (error) {
    response.statusCode = 502;
    response.end(JSON.stringify({ ...self, error: error.message }, null, 2));
  }
});

async function call(url, request) {
  const response = await fetch(url, { headers: context(request) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

// What `forwardsContext: true` promises: the request's context goes along with every call made for it.
function context(request) {
  const { baggage, traceparent } = request.headers;
  return { ...(baggage && { baggage }), ...(traceparent && { traceparent }) };
}

// One line per request, with the version that it belongs to: `GET /api 200 order-app-v1`.
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
