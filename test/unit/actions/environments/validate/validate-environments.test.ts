// What an app finds in virtual environments: everything that is missing or doesn't fit, and what nobody needs.
import { describe, expect, test } from 'vitest';
import {
  checkedVersion,
  definitionsInFiles,
  validateIn,
} from '../../../../../src/actions/environments/validate/validate-environments.ts';
import { parseEnvironmentFile } from '../../../../../src/config/environment-file.ts';
import { validateConfig } from '../../../../../src/config/validate-config.ts';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';

const text = JSON.stringify({
  app: 'shop',
  components: {
    ui: {
      path: 'ui',
      command: ['node'],
      env: {
        THEME: { required: true },
        PAGE: { default: 10 },
        GREETING: { bind: 'request', required: true },
      },
      secrets: ['KEY'],
    },
  },
});
const { app } = validateConfig({ file: 'fox.config.json', directory: '', text });
const version = checkedVersion(app);

const definitions = (...all: EnvironmentDefinition[]) => new Map(all.map((each) => [each.name, each]));
const cluster = { versions: [], onlyFiles: false };

describe('in an environment of the cluster', () => {
  const dev: EnvironmentDefinition = { name: 'dev', vars: { PAGE: 'ten', THEM: 'x' } };
  const team: EnvironmentDefinition = { name: 'team', parent: 'dev', vars: { THEME: 'dark', OWN: 1 } };

  test('everything that is missing or does not fit is named with its path', () => {
    const found = validateIn('dev', version, definitions(dev), cluster);
    expect(found.valid).toBe(false);
    expect(found.problems).toEqual(
      [
        {
          path: 'env.THEME',
          name: 'THEME',
          of: 'variable',
          what: 'missing',
          message: 'is required but has no value',
        },
        {
          path: 'env.PAGE',
          name: 'PAGE',
          of: 'variable',
          what: 'unfit',
          message: 'must be of type number, not string',
        },
        {
          path: 'env.GREETING',
          name: 'GREETING',
          of: 'variable',
          what: 'missing',
          message: 'is required but has no value',
        },
        {
          path: 'secrets.KEY',
          name: 'KEY',
          of: 'secret',
          what: 'missing',
          message: 'is a secret that has no value',
        },
      ].map((each) => ({ ...each, component: 'ui', path: `components.ui.${each.path}` })),
    );
  });

  test('what nobody declares is named with who says it, and what it may have been meant to be', () => {
    const { unused } = validateIn('team', version, definitions(dev, team), cluster);
    expect(unused).toEqual([
      { of: 'variable', name: 'OWN', path: 'vars.OWN', origin: 'team' },
      { of: 'variable', name: 'THEM', path: 'vars.THEM', origin: 'dev', near: 'THEME' },
    ]);
  });

  test('what another version in the namespace declares is used', () => {
    const other = {
      components: { api: { template: { env: { OWN: { type: 'number', required: false } } }, routes: [] } },
    } as const;
    const { unused } = validateIn('team', version, definitions(dev, team), { ...cluster, versions: [other] });
    expect(unused.map(({ name }) => name)).toEqual(['THEM']);
  });

  test('one that has everything is valid, also with what nobody needs', () => {
    const vars = { THEME: 'x', GREETING: 'y', OLD: 'z' };
    const whole = { name: 'dev', vars, secrets: { KEY: { fingerprint: 'f' } } };
    expect(validateIn('dev', version, definitions(whole), cluster)).toMatchObject({
      valid: true,
      problems: [],
    });
  });

  test('one that can not be used is not valid, for whatever reason', () => {
    expect(validateIn('team', version, definitions(team), cluster)).toMatchObject({
      valid: false,
      broken: "its parent dev doesn't exist",
    });
    expect(validateIn('dev', version, new Map(), cluster, 'its ConfigMap is not readable')).toMatchObject({
      valid: false,
      broken: 'its ConfigMap is not readable',
    });
  });
});

describe('in files', () => {
  const files = definitionsInFiles(
    parseEnvironmentFile(
      `kind: VirtualEnvironment\nname: dev\nvars: {THEME: dark, GREETING: Hi}\n---\nkind: VirtualEnvironment\nname: team\nparent: dev\nsecrets: {KEY: {from: db/password}}\n`,
      'all.yaml',
    ),
  );
  const inFiles = { versions: [], onlyFiles: true };

  test('a secret that fox would keep can not be told, and is no problem', () => {
    expect(validateIn('dev', version, files, inFiles)).toEqual({
      name: 'dev',
      lineage: ['dev'],
      valid: true,
      problems: [],
      unused: [],
      untold: ['KEY'],
    });
  });

  test('one that another tool looks after is there', () => {
    expect(validateIn('team', version, files, inFiles)).toMatchObject({ valid: true, untold: [] });
  });
});
