// What a change of environments must be allowed, beside what every deploy must be.
import { describe, expect, it } from 'vitest';
import { planChange } from '../../../../src/actions/environments/change-plan.ts';
import { rightsToChange } from '../../../../src/actions/environments/change-rights.ts';
import type { EnvironmentDefinition } from '../../../../src/core/environment-definition.ts';
import { manifestOf } from '../../core/identity-fixture.ts';
import { namespaceOf } from '../namespace-fixture.ts';

const reference = { fingerprint: 'a'.repeat(64) };
const v1 = manifestOf('v1', {
  web: { secrets: ['KEY'] },
  api: { env: { PAGE: { type: 'string', required: false } } },
});
const dev: EnvironmentDefinition = { name: 'dev', vars: {}, secrets: { KEY: reference } };

/** Resources of the rights for a change of the environments. */
function changing(...put: readonly EnvironmentDefinition[]): Set<string> {
  const state = namespaceOf({ versions: [{ manifest: v1, runsIn: ['dev'] }], environments: [dev] });
  return new Set(rightsToChange(planChange(state, { put })).map(({ resource }) => resource));
}

describe('the rights for a change', () => {
  it('are those of every deploy where no secret is in it', () => {
    expect(changing({ name: 'other', vars: { PAGE: '2' } })).not.toContain('secrets');
  });

  it('have Secrets among them where copies are made', () => {
    expect(changing(dev)).toContain('secrets');
  });

  it('have Secrets among them where their values leave', () => {
    expect(changing({ name: 'dev', vars: {} })).toContain('secrets');
  });
});
