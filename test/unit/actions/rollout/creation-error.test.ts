// What is said of Deployments that couldn't be created: what is certain, and what isn't.
import { describe, expect, it } from 'vitest';
import { creationError } from '../../../../src/actions/rollout/creation-error.ts';
import { FoxError } from '../../../../src/core/errors.ts';
import { workloadsOf } from '../../../../src/core/workload.ts';
import { manifestOf } from '../../core/identity-fixture.ts';

const manifest = manifestOf('v1', { web: {}, api: {} });
const create = [...workloadsOf(manifest, { name: 'dev', vars: {} }).values()];
const undone = 'Version v1 was not written.';

function toldOf(error: FoxError): readonly string[] {
  const [web, api] = ['web', 'api'].map((name) => create.find(({ component }) => component === name));
  if (web === undefined || api === undefined) throw new Error('the fixture has other components');
  return creationError(error, api, { create, done: new Set([web]), undone }).details;
}

describe('a cluster that goes away', () => {
  it('may have created what it gave no answer to', () => {
    expect(toldOf(new FoxError('CLUSTER_UNREACHABLE', 'socket hang up'))).toEqual([
      'created: web; not known to be created: api',
    ]);
  });
});
