// What sightings of marked requests mean for each component, and what a declaration would save.
import { describe, expect, test } from 'vitest';
import { podsSavedBy, propagationVerdicts } from '../../../../src/actions/doctor/propagation-verdict.ts';
import type { ProbeSighting } from '../../../../src/core/routing/router-report.ts';
import { manifestOf, type ComponentSketch } from '../../core/routing/routing-fixture.ts';

const known = new Map([['dev', { name: 'dev', vars: {} }]]);
const none = new Map<string, number>();

function seen(component: string, carried: number, without: number, isShared = false): ProbeSighting {
  const calls = carried + without === 0 ? [] : [{ callee: 'db', carried, without }];
  return { app: 'shop', component, calls, isShared };
}

/** The verdict on `ui`, which calls `db`. */
function verdictOf(
  sightings: readonly ProbeSighting[],
  {
    sketch = {},
    elsewhere = none,
  }: { sketch?: ComponentSketch; elsewhere?: ReadonlyMap<string, number> } = {},
) {
  const manifest = manifestOf('v1', { ui: { calls: ['db'], ...sketch }, db: {} });
  const live = { versions: [{ manifest, runsIn: ['dev'] }], known };
  const all = propagationVerdicts(manifest, sightings, elsewhere, live);
  expect(all).toHaveLength(1);
  return all[0];
}

describe('a component', () => {
  test('keeps the context if all its calls carried it, by whichever router', () => {
    expect(verdictOf([seen('ui', 1, 0), seen('ui', 2, 0)])).toMatchObject({
      verdict: 'keeps',
      calls: [{ callee: 'db', carried: 3, without: 0 }],
    });
  });

  test('loses it if one call did not, and nothing else was under way in it', () => {
    expect(verdictOf([seen('ui', 1, 1)])).toMatchObject({ verdict: 'loses' });
    expect(verdictOf([seen('ui', 5, 0), seen('ui', 0, 1)])).toMatchObject({ verdict: 'loses' });
  });

  test.each([
    ['other-requests', [seen('ui', 1, 1, true)], none],
    ['other-requests', [seen('ui', 1, 0)], new Map([['ui', 1]])],
    ['no-calls', [seen('ui', 0, 0)], none],
    ['not-reached', [], none],
    ['not-reached', [{ ...seen('ui', 1, 0), app: 'other' }], none],
  ] as const)('is unclear: %s', (reason, sightings, elsewhere) => {
    const verdict = verdictOf(sightings, { elsewhere });
    expect(verdict).toMatchObject({ verdict: 'unclear', reason });
    expect(verdict).not.toHaveProperty('advice');
  });
});

describe('the advice', () => {
  test.each([
    ['declare-forwards-context', seen('ui', 1, 0), {}],
    ['propagation-node', seen('ui', 0, 1), {}],
    ['fix-or-undeclare', seen('ui', 0, 1), { forwards: true }],
    [undefined, seen('ui', 1, 0), { forwards: true }],
  ] as const)('%s', (advice, sighting, sketch) => {
    expect(verdictOf([sighting], { sketch })?.advice).toBe(advice);
  });
});

const version = (name: string, db: string, api: ComponentSketch = {}) => ({
  manifest: manifestOf(name, {
    ui: { calls: ['api'] },
    api: { calls: ['db'], ...api },
    db: { source: db },
  }),
  runsIn: ['dev'],
});

describe('a declaration', () => {
  test('saves what the component is run for too often, and no more', () => {
    const live = { versions: [version('v1', '1'), version('v2', '2'), version('v3', '3')], known };
    expect(podsSavedBy('shop', 'api', live)).toBe(2);
    expect(podsSavedBy('shop', 'db', live)).toBe(0);
    expect(podsSavedBy('other', 'api', live)).toBe(0);
  });

  test('saves nothing that is declared already, or has one version', () => {
    const declared = [version('v1', '1', { forwards: true }), version('v2', '2', { forwards: true })];
    expect(podsSavedBy('shop', 'api', { versions: declared, known })).toBe(0);
    expect(podsSavedBy('shop', 'api', { versions: [version('v1', '1')], known })).toBe(0);
  });
});
