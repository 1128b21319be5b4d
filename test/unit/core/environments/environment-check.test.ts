// What keeps a version from running in an environment, with paths; and values that nobody declares.
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import {
  checkEnvironment,
  declaredNames,
  problemText,
  unusedValues,
} from '../../../../src/core/environments/environment-check.ts';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { manifestOf } from '../version/identity-fixture.ts';

const manifest = withRoutes(
  manifestOf('v1', {
    web: {
      env: {
        THEME: { type: 'string', required: true },
        PAGE: { type: 'number', required: true },
        GREETING: { type: 'string', required: true, bind: 'request' },
        COLOR: { type: 'string', required: false, default: 'red' },
      },
      secrets: ['DB_PASSWORD', 'TOKEN'],
    },
    api: {},
  }),
  'api',
  [{ rule: 'PathPrefix(`/{{.Vars.REGION}}`)' }],
);

function withRoutes(
  version: VersionManifest,
  name: string,
  routes: VersionManifest['components'][string]['routes'],
): VersionManifest {
  const component = version.components[name];
  if (component === undefined) throw new Error(`no component ${name}`);
  return { ...version, components: { ...version.components, [name]: { ...component, routes } } };
}

function linesIn(environment: Environment): string[] {
  return checkEnvironment(manifest, environment).map(problemText);
}

const whole: Environment = {
  name: 'dev',
  vars: { THEME: 'dark', PAGE: 20, GREETING: 'Hello', REGION: 'eu' },
  secrets: { DB_PASSWORD: 'f1', TOKEN: 'f2' },
};

describe('what keeps a version from running', () => {
  test('is nothing where all has a value of its type', () => {
    expect(linesIn(whole)).toEqual([]);
  });

  test('is all that is missing, whatever it is for, each with its path', () => {
    expect(linesIn({ name: 'dev', vars: {} })).toEqual([
      'components.web.env.THEME is required but has no value',
      'components.web.env.PAGE is required but has no value',
      'components.web.env.GREETING is required but has no value',
      'components.web.secrets.DB_PASSWORD is a secret that has no value',
      'components.web.secrets.TOKEN is a secret that has no value',
      'components.api.routes.0.env.REGION is required but has no value',
    ]);
  });

  test('is what a rule uses and only the component declares: told where a rule declares it', () => {
    const routes = [{ rule: 'PathPrefix(`/{{.Vars.THEME}}`)' }];
    const problems = checkEnvironment(withRoutes(manifest, 'web', routes), { ...whole, vars: {} });
    expect(problems.map(problemText)).toContain(
      "components.web.routes.0.env.THEME is required but has no value: a rule's variables are declared at the rule; the default of the component's own env doesn't count",
    );
  });

  test('is told as data: which name of what, and whether it is missing or unfit', () => {
    const vars = { ...whole.vars, PAGE: 'twenty', REGION: 'a/b', TOKEN: 'plain' };
    const problems = checkEnvironment(manifest, { name: 'dev', vars, secrets: {} });
    expect(problems).toMatchObject([
      { component: 'web', name: 'PAGE', of: 'variable', what: 'unfit', path: 'components.web.env.PAGE' },
      { component: 'web', name: 'DB_PASSWORD', of: 'secret', what: 'missing' },
      { component: 'web', name: 'TOKEN', of: 'secret', what: 'unfit' },
      { component: 'api', name: 'REGION', of: 'variable', what: 'unfit', app: 'shop', version: 'v1' },
    ]);
    expect(problemText(problems[0] ?? { path: '', message: '' })).toBe(
      'components.web.env.PAGE must be of type number, not string',
    );
  });

  test('is also more than a header can hold', () => {
    const [problem, ...more] = checkEnvironment(manifest, {
      ...whole,
      vars: { ...whole.vars, GREETING: 'x'.repeat(4_000) },
    });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ path: 'components.web.env', of: 'variable', what: 'unfit' });
    expect(problem).not.toHaveProperty('name');
  });
});

describe('names that a version declares', () => {
  test('are those of components, routes and templates', () => {
    const { variables, secrets } = declaredNames(manifest);
    expect([...variables]).toEqual(['THEME', 'PAGE', 'GREETING', 'COLOR', 'REGION']);
    expect([...secrets]).toEqual(['DB_PASSWORD', 'TOKEN']);
  });

  test('are none of a rule that only a later fox can read', () => {
    const later = withRoutes(manifest, 'api', [{ rule: 'Magic(`{{.Vars.X}}`)' }]);
    expect(declaredNames(later).variables).not.toContain('X');
  });
});

/** A second one can't be had. */
function* manifests() {
  yield manifest;
  throw new Error('asked for more than was needed');
}

describe('values that nobody declares', () => {
  const other = manifestOf('v2', { pay: { env: { EXTRA: { type: 'string', required: false } } } });

  test('are told by path; what any version declares, be it as something else, is used', () => {
    const environment = {
      vars: { THEME: 'x', EXTRA: 'x', GONE: 'x', DB_PASSWORD: 'x', ALSO: 1 },
      secrets: { TOKEN: 'f', OLD: 'f' },
    };
    expect(unusedValues(environment, [manifest, other]).map(({ path }) => path)).toEqual([
      'secrets.OLD',
      'vars.ALSO',
      'vars.GONE',
    ]);
    expect(unusedValues(environment, [manifest]).map(({ name }) => name)).toContain('EXTRA');
  });

  test('are looked for only until none is left', () => {
    expect(unusedValues({ vars: { THEME: 'x' } }, manifests())).toEqual([]);
  });
});
