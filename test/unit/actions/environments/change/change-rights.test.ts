// What a change of environments must be allowed, beside what every deploy must be.
import { describe, expect, it } from 'vitest';
import { planChange } from '../../../../../src/actions/environments/change/change-plan.ts';
import { rightsToChange } from '../../../../../src/actions/environments/change/change-rights.ts';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';
import { manifestOf } from '../../../core/version/identity-fixture.ts';
import { namespaceOf } from '../../namespace-fixture.ts';

const reference = { fingerprint: 'a'.repeat(64) };
const v1 = manifestOf('v1', {
  web: { secrets: ['KEY'] },
  api: { env: { PAGE: { type: 'string', required: false } } },
});
const dev: EnvironmentDefinition = { name: 'dev', vars: {}, secrets: { KEY: reference } };

/** The rights for a change of the environments: `create secrets`. */
function changing(...put: readonly EnvironmentDefinition[]): Set<string> {
  const state = namespaceOf({ versions: [{ manifest: v1, runsIn: ['dev'] }], environments: [dev] });
  return new Set(
    rightsToChange(planChange(state, { put })).map(({ verb, resource }) => `${verb} ${resource}`),
  );
}

describe('the rights for a change', () => {
  it('have none of Secrets among them where no value comes with it', () => {
    const put = [{ name: 'other', vars: { PAGE: '2' } }];
    const plan = planChange(namespaceOf({}), { put, secrets: new Map([['other', new Map()]]) });
    expect(rightsToChange(plan)).toEqual([]);
    const values = new Map([['KEY', { ...reference, value: 'correct horse' }]]);
    const more = planChange(namespaceOf({}), { put, secrets: new Map([['other', values]]) });
    expect(rightsToChange(more)).toContainEqual({ verb: 'create', resource: 'secrets' });
  });

  it('are those of every deploy where no secret is in it', () => {
    expect([...changing({ name: 'other', vars: { PAGE: '2' } })]).toEqual([]);
  });

  it('have Secrets among them where copies are made', () => {
    expect(changing(dev)).toContain('create secrets');
  });

  it('have Secrets among them where values leave, and only their end', () => {
    expect([...changing({ name: 'dev', vars: {} })]).toEqual(['list secrets', 'delete secrets']);
  });

  it('have the end of workloads among them where some leave', () => {
    const hash = 'b'.repeat(64);
    const unwanted = {
      name: 'shop-web-bbbbbbbb',
      app: 'shop',
      component: 'web',
      hash: hash.slice(0, 40),
      fullHash: hash,
      sourceHash: hash,
      image: '',
      wantedBy: 'v0',
      commit: '',
      createdAt: '',
      replicas: 1,
      available: 1,
      ready: true,
    };
    const plan = { ...planChange(namespaceOf({ environments: [dev] }), { put: [dev] }), remove: [unwanted] };
    expect(rightsToChange(plan)).toContainEqual({ verb: 'delete', resource: 'deployments' });
  });
});
