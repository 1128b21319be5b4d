// The component that a Host header names.
import { expect, test } from 'vitest';
import { calleeOfHost } from '../../../../src/router/callers/callee-host.ts';

test.each([
  ['api-server', 'api-server'],
  ['api-server:8080', 'api-server'],
  ['API-Server.', 'api-server'],
  ['api-server.orders', 'api-server'],
  ['api-server.orders:80', 'api-server'],
  ['api-server.orders.svc', 'api-server'],
  ['api-server.orders.svc.cluster.local', 'api-server'],
  ['api-server.orders.svc.cluster.local.:8080', 'api-server'],
  ['api-server.orders.svc.my-cluster.example', 'api-server'],
  ['a', 'a'],
  ['api-server.payments', undefined],
  ['api-server.payments.svc.cluster.local', undefined],
  ['api-server.orders.example.com', undefined],
  ['api-server.orders.svcs', undefined],
  ['www.example.com', undefined],
  ['10.96.0.17', undefined],
  ['10.96.0.17:8080', undefined],
  ['[fd00::1]:8080', undefined],
  ['fd00::1', undefined],
  ['-api', undefined],
  ['api_server', undefined],
  ['api..orders', undefined],
  ['', undefined],
  [':80', undefined],
])('%j is %j', (host, callee) => {
  expect(calleeOfHost(host, 'orders')).toBe(callee);
});
