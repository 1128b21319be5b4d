// Keeps what customers say about their orders. Only orders that exist have a review.
import { createServer } from 'node:http';

const self = { component: 'review', release: 'v3', pid: process.pid };

const said = { 1: '★★★★★ Wakes the whole street', 2: '★★★★☆ Gone too soon', 9: '★☆☆☆☆ Never arrived' };

const server = createServer(async (request, response) => {
  response.on('finish', () => log(request, response));
  response.setHeader('content-type', 'application/json');
  try {
    const api = await call(process.env.API_SERVER_URL, request);
    const reviews = Object.fromEntries(api.orders.map(({ id }) => [id, said[id]]));
    response.end(JSON.stringify({ ...self, reviews, hops: [api] }, null, 2));
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
