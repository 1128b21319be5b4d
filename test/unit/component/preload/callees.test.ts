// Which calls are for other components: what fox's variables name, and nothing that only looks like it.
import { expect, test } from 'vitest';
import { calleesOf } from '../../../../src/component/preload/callees.ts';

const inKubernetes = calleesOf({
  FOX_CALLS: 'api-server,state',
  API_SERVER_URL: 'http://api-server',
  STATE_URL: 'http://state',
  SENTRY_URL: 'http://sentry.example.com',
});
const embedded = calleesOf({ FOX_CALLS: 'api-server', API_SERVER_URL: 'http://127.0.0.1:4001' });

test.each([
  ['api-server', '80', true],
  ['API-Server', 80, true],
  ['api-server', 8080, true],
  ['state', '', true],
  ['api-server.example.com', 80, false],
  ['sentry.example.com', 80, false],
  ['127.0.0.1', 80, false],
] as const)('by name: %s:%s', (host, port, is) => {
  expect(inKubernetes(host, port)).toBe(is);
});

test.each([
  ['127.0.0.1', 4001, true],
  ['127.0.0.1', '4001', true],
  ['127.0.0.1', 4002, false],
  ['localhost', 4001, false],
] as const)('by address: %s:%s', (host, port, is) => {
  expect(embedded(host, port)).toBe(is);
});

test.each([
  {},
  { API_SERVER_URL: 'http://api-server' },
  { FOX_CALLS: '', _URL: 'http://api-server' },
  { FOX_CALLS: 'api-server' },
  { FOX_CALLS: 'api-server', API_SERVER_URL: 'no url' },
])('none without a name and its address: %j', (env) => {
  expect(calleesOf(env)('api-server', 80)).toBe(false);
});
