import { expect, test } from 'vitest';
import { parseRoute } from '../../../../src/embedded/api/route.ts';

function parsed(path: string) {
  const { kind, ...rest } = parseRoute(path);
  return { resource: kind.resource, ...rest };
}

test.each([
  ['/api/v1/namespaces', { resource: 'namespaces' }],
  ['/api/v1/namespaces/a', { resource: 'namespaces', name: 'a' }],
  ['/api/v1/namespaces/a/status', { resource: 'namespaces', name: 'a', subresource: 'status' }],
  ['/api/v1/pods', { resource: 'pods' }],
  ['/api/v1/namespaces/a/pods', { resource: 'pods', namespace: 'a' }],
  ['/api/v1/namespaces/a/pods/b', { resource: 'pods', namespace: 'a', name: 'b' }],
  ['/api/v1/namespaces/a/pods/b/log', { resource: 'pods', namespace: 'a', name: 'b', subresource: 'log' }],
  [
    '/apis/apps/v1/namespaces/a/deployments/b/scale',
    { resource: 'deployments', namespace: 'a', name: 'b', subresource: 'scale' },
  ],
  ['/apis/apps/v1/deployments', { resource: 'deployments' }],
  ['/api/v1/namespaces/pods/pods/pods', { resource: 'pods', namespace: 'pods', name: 'pods' }],
  ['/api/v1/namespaces/a/pods/b%2Fc', { resource: 'pods', namespace: 'a', name: 'b/c' }],
])('%s', (path, route) => {
  expect(parsed(path)).toEqual(route);
});

test.each([
  '/',
  '/api',
  '/api/v1',
  '/api/v2/pods',
  '/apis/apps/v1beta1/deployments',
  '/apis/apps',
  '/api/v1/pods/a',
  '/api/v1/namespaces/a/namespaces',
  '/api/v1/namespaces/a/pods/b/scale',
  '/api/v1/namespaces/a/pods/b/log/c',
  '/apis/apps/v1/namespaces/a/pods',
  '/apis//v1/pods',
  '/metrics',
])('%s leads nowhere', (path) => {
  expect(() => parseRoute(path)).toThrow(expect.objectContaining({ code: 404, reason: 'NotFound' }));
});
