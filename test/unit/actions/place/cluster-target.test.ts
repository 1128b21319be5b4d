import { describe, expect, it } from 'vitest';
import { chooseTarget } from '../../../../src/actions/place/cluster-target.ts';

describe('the cluster', () => {
  it('is the embedded one unless something else is said', () => {
    expect(chooseTarget({}, {})).toEqual({ kind: 'embedded' });
    expect(chooseTarget({}, { namespace: 'default' })).toEqual({ kind: 'embedded' });
  });

  it("is the config's", () => {
    const settings = { cluster: { context: 'dev', namespace: 'orders' } };
    const chosen = { kind: 'kubernetes', context: 'dev', namespace: 'orders', isExplicit: false };
    expect(chooseTarget(settings, {})).toEqual(chosen);
    expect(chooseTarget(settings, { namespace: 'other' })).toEqual({ ...chosen, namespace: 'other' });
  });

  it('is the one that is named, before the config; its namespace stays the one of the config', () => {
    const settings = { cluster: { context: 'dev', namespace: 'orders' } };
    expect(chooseTarget(settings, { context: 'prod' })).toEqual({
      kind: 'kubernetes',
      context: 'prod',
      namespace: 'orders',
      isExplicit: true,
    });
    expect(chooseTarget({}, { context: 'dev' })).toEqual({
      kind: 'kubernetes',
      context: 'dev',
      isExplicit: true,
    });
  });

  it("is the kubeconfig's current one where the config names only a namespace", () => {
    expect(chooseTarget({ cluster: { namespace: 'orders' } }, {})).toEqual({
      kind: 'kubernetes',
      namespace: 'orders',
      isExplicit: false,
    });
    expect(chooseTarget({ cluster: {} }, {})).toEqual({ kind: 'kubernetes', isExplicit: false });
  });

  it('is the embedded one by name, whatever the config says', () => {
    const settings = { cluster: { context: 'dev', namespace: 'orders' } };
    expect(chooseTarget(settings, { context: 'embedded' })).toEqual({ kind: 'embedded' });
    expect(chooseTarget({ cluster: { context: 'embedded' } }, {})).toEqual({ kind: 'embedded' });
  });

  it.each([{}, { context: 'embedded' }])('has one namespace if it is the embedded one: %j', (options) => {
    expect(() => chooseTarget({}, { ...options, namespace: 'orders' })).toThrow('has one namespace, default');
  });
});
