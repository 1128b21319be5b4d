// Keeps the orders and gives them to whoever asks.
import { createServer } from 'node:http';

const self = { component: 'api-server', release: 'v2', pid: process.pid };

const currency = process.env.CURRENCY ?? 'EUR';

const orders = [
  { id: 1, item: 'Espresso machine', quantity: 1, price: 249, status: 'delivered' },
  { id: 2, item: 'Coffee beans', quantity: 4, price: 14, status: 'delivered' },
  { id: 3, item: 'Cups', quantity: 12, price: 3, status: 'packed' },
];

const server = createServer((request, response) => {
  response.on('finish', () => log(request, response));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ ...self, currency, orders, hops: [] }, null, 2));
});

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
