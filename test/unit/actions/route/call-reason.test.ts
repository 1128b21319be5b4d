// Each way in which a call may find its way has words of its own.
import { expect, test } from 'vitest';
import { callReason } from '../../../../src/actions/route/call-reason.ts';
import { explainHop } from '../../../../src/core/routing/explain/explain-hop.ts';
import { isProblem } from '../../../../src/core/routing/problem.ts';
import { manifestOf, tableOf } from '../../core/routing/routing-fixture.ts';

/** Why ui's call to api goes where it goes, where v1 runs in these environments. */
function reason(environments: readonly string[], forwards: boolean, isCarried: boolean): string {
  const manifest = manifestOf('v1', { ui: { calls: ['api'], forwards }, api: {} });
  const table = tableOf({
    versions: [{ manifest, runsIn: environments }],
    environments: environments.map((name) => ({ name, vars: {} })),
  });
  const version = table.version('shop', 'v1');
  const workload = version === undefined ? undefined : table.workloads(version, 'dev')?.get('ui');
  const caller = { app: 'shop', component: 'ui', workload: workload ?? '', calls: ['api'] };
  const carried = isCarried ? { deployment: 'shop-v1', environment: 'dev' } : {};
  const explanation = explainHop(table, caller, 'api', { ...carried, others: [] });
  const { outcome } = explanation;
  return isProblem(outcome) ? outcome.problem : callReason(explanation, outcome, caller);
}

test.each([
  [['dev'], true, true, 'carries a context that this ui is part of'],
  [['dev'], true, false, 'comes from a ui that only shop-v1 in dev has: that is added as its context'],
  [
    ['dev', 'team'],
    true,
    false,
    'comes from a ui that shop-v1 in dev and shop-v1 in team have in common; they agree on api, and on what it and all below it are told. No context is added',
  ],
  [
    ['dev', 'e2', 'e3', 'e4', 'e5'],
    false,
    false,
    'comes from a ui that shop-v1 in dev, shop-v1 in e2, shop-v1 in e3 and 2 more have in common; they agree on api, and on what it and all below it are told. One of them is added as its context, marked as shared',
  ],
])('in %j, forwarding: %s, with a context: %s', (environments, forwards, isCarried, said) => {
  expect(reason(environments, forwards, isCarried)).toBe(said);
});
