// What is said of Deployments that couldn't be created: what is certain, and what isn't.
import { describe, expect, it } from 'vitest';
import { creationError } from '../../../../src/actions/rollout/creation-error.ts';
import { ApiError } from '../../../../src/cluster/api/api-error.ts';
import { FoxError } from '../../../../src/core/errors.ts';
import { workloadsOf } from '../../../../src/core/version/workload.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';

const manifest = manifestOf('v1', { web: {}, api: {} });
const create = [...workloadsOf(manifest, { name: 'dev', vars: {} }).values()];
const undone = 'Version v1 was not written.';

function explained(error: FoxError): FoxError {
  const [web, api] = ['web', 'api'].map((name) => create.find(({ component }) => component === name));
  if (web === undefined || api === undefined) throw new Error('the fixture has other components');
  return creationError(error, api, { create, done: new Set([web]), undone });
}

describe('a cluster that goes away', () => {
  it.each([
    new FoxError('CLUSTER_UNREACHABLE', 'socket hang up'),
    new ApiError(504, 'Timeout', 'request did not complete within requested timeout'),
    new ApiError(500, 'InternalError', 'etcdserver: request timed out'),
  ])('may have created what it gave no answer to: %s', (error) => {
    expect(explained(error).details).toEqual(['created: web; not known to be created: api']);
  });
});

describe('a rule of the cluster', () => {
  it.each([
    [
      500,
      'Internal error occurred: failed calling webhook "a.example": connection refused',
      'failed calling webhook "a.example": connection refused',
      "webhook of this cluster doesn't answer",
    ],
    [
      403,
      'deployments.apps "x" is forbidden: failed quota: q: must specify requests.cpu for: web',
      'failed quota: q: must specify requests.cpu for: web',
      '`resources: {requests',
    ],
    [
      403,
      'deployments.apps "x" is forbidden: unable to create new content in namespace orders because it is being terminated',
      'unable to create new content in namespace orders because it is being terminated',
      'Wait until it is gone',
    ],
  ])('that answers %i says of which component, and what helps: %s', (status, message, why, help) => {
    expect(explained(new ApiError(status, 'Forbidden', message))).toMatchObject({
      code: 'WORKLOAD_FAILED',
      message: `the cluster refuses api: ${why}`,
      hints: [expect.stringContaining(help), undone],
      details: ['created: web; not created: api'],
    });
  });
});
