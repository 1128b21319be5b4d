// Packs orders: each request packs the next one.
import { createServer } from 'node:http';

const self = { component: 'order-worker', release: 'v1', pid: process.pid };
let packed = 0;

const server = createServer(async (request, response) => {
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

server.listen(process.env.PORT, process.env.HOST);

// Requests that are being answered are finished first.
process.on('SIGTERM', () => {
  server.close(() => process.exit());
  setInterval(() => server.closeIdleConnections(), 50);
});
