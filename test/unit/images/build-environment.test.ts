import { expect, test } from 'vitest';
import { buildEnvironment } from '../../../src/images/build-environment.ts';

test('a build sees where tools and packages come from, and fixed settings', () => {
  const env = {
    PATH: '/bin',
    HOME: '/home/me',
    https_proxy: 'http://proxy',
    npm_config_registry: 'http://registry',
    'npm_config_@acme:registry': 'http://acme',
    JAVA_HOME: '/java',
  };
  expect(buildEnvironment(env, '/scratch')).toEqual({
    ...env,
    CI: 'true',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: '315532800',
    GIT_CEILING_DIRECTORIES: '/scratch',
  });
});

test('nothing else of the user gets in: no secrets, no fox settings, nothing of a surrounding npm script', () => {
  const hidden = {
    FOX_HOME: '/x',
    AWS_SECRET_ACCESS_KEY: 's',
    KUBECONFIG: '/k',
    NODE_OPTIONS: '--inspect',
    NODE_ENV: 'production',
    npm_config_local_prefix: '/work',
    npm_config_prefix: '/work',
    npm_config_workspace: 'a',
    npm_package_name: 'fox',
    PATHOLOGY: 'x',
  };
  const seen = buildEnvironment(hidden, '/scratch');
  expect(Object.keys(hidden).filter((name) => name in seen)).toEqual([]);
});
