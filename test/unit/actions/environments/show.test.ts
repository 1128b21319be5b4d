// One virtual environment in full: what is in force, where it is from, what it overrides, what needs it, and what is missing.
import { describe, expect, test } from 'vitest';
import { shownEnvironment } from '../../../../src/actions/environments/show.ts';
import { configurationFor } from '../../../../src/core/environments/configuration.ts';
import { manifestOf } from '../../core/version/identity-fixture.ts';
import { namespaceOf, recordOf } from '../namespace-fixture.ts';
import { fingerprints, looked, now, state, v1 } from './looked-at.ts';

const show = (name: string, of = state) => shownEnvironment(name, of, now);
const ui = { app: 'shop', component: 'ui' };

describe('what is in force', () => {
  test('comes with the environment that says it, and with what that overrides', () => {
    const from = show('team-b').values.map(({ name, origin, overrides }) => [name, origin, overrides]);
    expect(from).toEqual([
      ['GREETING', 'team-a', { of: 'variable', value: 'Hi', type: 'string', origin: 'dev' }],
      ['KEY', 'team-a', { of: 'secret', fingerprint: fingerprints.one, origin: 'dev' }],
      ['OLD', 'dev', undefined],
      ['THEME', 'team-a', { of: 'variable', value: 'red', type: 'string', origin: 'dev' }],
    ]);
    expect(show('team-b')).toMatchObject({ lineage: ['team-b', 'team-a', 'dev'], access: 'internal' });
  });

  test('has types; a secret has its fingerprint, and who holds it', () => {
    expect(show('team-a').values).toMatchObject([
      { name: 'GREETING', of: 'variable', value: 'Hello', type: 'string' },
      { name: 'KEY', of: 'secret', fingerprint: fingerprints.other, from: 'db/password' },
      { name: 'OLD', of: 'variable', value: 1, type: 'number' },
      { name: 'THEME', of: 'variable', value: 'blue', type: 'string' },
    ]);
    expect(show('dev').values.find(({ name }) => name === 'KEY')).not.toHaveProperty('from');
  });

  test('names the components that declare it, with their versions: those that run there, and the others apart', () => {
    const declared = new Map(
      show('team-a').values.map(({ name, declaredBy, declaredElsewhere, unused }) => [
        name,
        { declaredBy, declaredElsewhere, unused },
      ]),
    );
    const declaredAs = (as: string, version: string) => [{ ...ui, as, versions: [version] }];
    expect(declared.get('THEME')).toEqual({
      declaredBy: declaredAs('process', 'v1'),
      declaredElsewhere: declaredAs('process', 'v2'),
      unused: false,
    });
    expect(declared.get('KEY')).toEqual({
      declaredBy: declaredAs('secret', 'v1'),
      declaredElsewhere: declaredAs('secret', 'v2'),
      unused: false,
    });
    expect(declared.get('GREETING')?.declaredBy).toEqual([
      { app: 'shop', component: 'greeter', as: 'request', versions: ['v1'] },
    ]);
    expect(declared.get('OLD')).toEqual({ declaredBy: [], declaredElsewhere: [], unused: true });
    expect(show('team-b').values.find(({ name }) => name === 'THEME')).toMatchObject({
      declaredBy: [],
      declaredElsewhere: [{ ...ui, versions: ['v1', 'v2'] }],
      unused: false,
    });
  });
});

test('what the versions there declare, and have no value for, is named with the latest default', () => {
  expect(show('dev').unset).toEqual([
    { name: 'NOTE', default: '', declaredBy: [{ ...ui, as: 'process', versions: ['v1'] }] },
    { name: 'PAGE', declaredBy: [{ ...ui, as: 'process', versions: ['v2'] }] },
  ]);
  expect(show('team-a').unset.map(({ name }) => name)).toEqual(['NOTE']);
  expect(show('team-b').unset).toEqual([]);
});

test("the default of a rule's variable is shown, too", () => {
  const routes = [
    {
      rule: 'PathPrefix(`/{{.Vars.AREA}}`)',
      env: { AREA: { type: 'string', required: false, default: 'eu' } },
    },
  ] as const;
  const { components, ...rest } = manifestOf('v3', { ui: {} });
  const manifest = {
    ...rest,
    components: Object.fromEntries(
      Object.entries(components).map(([name, each]) => [name, { ...each, routes }]),
    ),
  };
  const of = namespaceOf({ versions: [{ manifest, runsIn: ['dev'] }], environments: [{ name: 'dev' }] });
  expect(show('dev', of).unset).toEqual([
    { name: 'AREA', default: 'eu', declaredBy: [{ ...ui, as: 'route', versions: ['v3'] }] },
  ]);
});

test('what keeps a version from running there is told', () => {
  const bare = namespaceOf({ ...looked, environments: [{ name: 'dev', vars: { THEME: 5 } }] });
  expect(show('dev', bare).problems.map(({ version, path, message }) => [version, path, message])).toEqual([
    ['v1', 'components.greeter.env.GREETING', 'is required but has no value'],
    ['v1', 'components.ui.env.THEME', 'must be of type string, not number'],
    ['v1', 'components.ui.secrets.KEY', 'is a secret that has no value'],
    ['v2', 'components.ui.env.THEME', 'must be of type string, not number'],
    ['v2', 'components.ui.secrets.KEY', 'is a secret that has no value'],
  ]);
  expect(show('dev').problems).toEqual([]);
});

test('of one that can not be used it is told why, what mends it, and what it says itself', () => {
  expect(show('lost')).toMatchObject({
    broken: "its parent gone doesn't exist",
    lineage: ['lost'],
    values: [{ name: 'THEME', value: 'grey', origin: 'lost' }],
    problems: [],
  });
  expect(show('lost').mending.join('\n')).toContain('fox env set -e lost --no-parent');
  expect(show('dev').mending).toEqual([]);
});

test('a release that holds on to its configuration names the values that are others by now', () => {
  const before = {
    name: 'dev',
    vars: { GREETING: 'Hi', THEME: 'old' },
    secrets: { KEY: fingerprints.other },
  };
  const held = namespaceOf({
    ...looked,
    releases: { dev: { shop: recordOf('v1', { config: 'shop-config-dev-1' }) } },
    configurations: [{ app: 'shop', revision: 1, environment: configurationFor(v1, before) }],
  });
  expect(show('dev', held).held).toEqual([{ app: 'shop', version: 'v1', differing: ['KEY', 'THEME'] }]);
  expect(show('dev').held).toEqual([]);
});
