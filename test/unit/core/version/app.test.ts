// Small rules of an app, and the names that follow from names.
import { describe, expect, test } from 'vitest';
import { type App, modulesOf, urlVariable } from '../../../../src/core/version/app.ts';
import { exitCodes, FoxError } from '../../../../src/core/errors.ts';
import { objectName, shortHash } from '../../../../src/core/labels.ts';
import { maxNameLength } from '../../../../src/core/names.ts';

test('a component may be in several modules', () => {
  const app: App = {
    name: 'shop',
    components: {},
    platforms: [],
    modules: { ui: ['web', 'api'], jobs: ['api'], none: [] },
  };
  expect([modulesOf(app, 'api'), modulesOf(app, 'web'), modulesOf(app, 'x')]).toEqual([
    ['ui', 'jobs'],
    ['ui'],
    [],
  ]);
});

test.each([
  ['api-server', 'API_SERVER_URL'],
  ['a--b1', 'A__B1_URL'],
])('the address of %s is in %s', (callee, variable) => {
  expect(urlVariable(callee)).toBe(variable);
});

describe('an expected failure', () => {
  test('carries what happened, what to try and what it looked like', () => {
    const cause = new Error('below');
    const error = new FoxError('CONFLICT', 'somebody was faster', {
      hints: ['again'],
      details: ['x'],
      cause,
    });
    expect(error).toMatchObject({
      name: 'FoxError',
      code: 'CONFLICT',
      exitCode: 5,
      hints: ['again'],
      details: ['x'],
      cause,
    });
    expect(new FoxError('CANCELLED', 'x')).toMatchObject({ hints: [], details: [], exitCode: 130 });
    expect('cause' in new FoxError('CANCELLED', 'x')).toBe(false);
  });

  test('has one of the exit codes that are promised', () => {
    expect(new Set(Object.values(exitCodes))).toEqual(new Set([1, 2, 3, 4, 5, 130]));
  });
});

describe('names of objects', () => {
  const longest = 'x'.repeat(maxNameLength);

  test('fit into Kubernetes, however long the names are', () => {
    const names = [
      objectName.workload(longest, longest, 'f'.repeat(64)),
      objectName.version(longest, longest),
      objectName.environment(longest),
      objectName.history(longest, longest),
    ];
    for (const name of names) expect(name.length).toBeLessThanOrEqual(253);
    expect(longest.length).toBeLessThanOrEqual(63);
  });

  test('hold the beginning of a hash', () => {
    expect(objectName.workload('shop', 'web', '0123456789abcdef')).toBe('shop-web-01234567');
    expect(shortHash('f'.repeat(64))).toBe('f'.repeat(40));
  });
});
