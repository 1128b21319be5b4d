// The page of the Order App: shows the orders, and which code of which component has answered.
import { createServer } from 'node:http';
import { page } from './page.js';

const self = { component: 'order-ui', release: 'v1', pid: process.pid };

const server = createServer(async (request, response) => {
  response.on('finish', () => log(request, response));
  const path = request.url.split('?')[0];
  if (!['/', '/api', '/hops', '/greeting'].includes(path)) return send(response, 404, { ...self, error: `nothing at ${path}` });
  try {
    const api = await call(process.env.API_SERVER_URL, request);
    const { GREETING: greeting = 'Welcome' } = variables(request);
    const answer = { ...self, greeting, currency: api.currency, orders: api.orders, hops: [api] };
    if (path === '/api') return send(response, 200, answer);
    if (path === '/hops') return response.end(`${hops(answer)}\n`);
    if (path === '/greeting') return response.end(`${welcome(answer)}\n`);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page(answer, request.headers.baggage));
  } catch (error) {
    send(response, 502, { ...self, error: error.message });
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

// The variables that fox.config.yaml declares with `bind: request`: fox sends them with each request, as JSON in base64url.
function variables(request) {
  return JSON.parse(Buffer.from(request.headers['x-fox-env'] ?? 'e30', 'base64url'));
}

// What a team sees, and by which processes: `Hello, team A: prices in EUR (order-ui pid 4711, api-server pid 4712)`.
function welcome({ greeting, currency, component, pid, hops: [api] }) {
  return `${greeting}: prices in ${currency} (${component} pid ${pid}, ${api.component} pid ${api.pid})`;
}

// Who has answered, in one line: `order-ui v1 (api-server v1)`.
function hops({ component, release, hops: below }) {
  return `${component} ${release}${below.length > 0 ? ` (${below.map(hops).join(', ')})` : ''}`;
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body, null, 2));
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
