// What a release in a stable environment holds on to.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { configurationFor } from '../../../../src/core/environments/configuration.ts';
import { workloadHashes } from '../../../../src/core/version/identity.ts';
import { anyEnvironment, anySketches, manifestOf } from '../version/identity-fixture.ts';

const manifest = manifestOf('v1', {
  web: { env: { THEME: { type: 'string', required: false } }, secrets: ['TOKEN'] },
});

test('it is what the version declares, and its digest', () => {
  const taken = configurationFor(manifest, {
    name: 'prod',
    vars: { THEME: 'dark', OTHER: 'x' },
    secrets: { TOKEN: 'f1', ELSE: 'f2' },
  });
  expect(taken).toEqual({
    name: 'prod',
    vars: { THEME: 'dark' },
    secrets: { TOKEN: 'f1' },
    configuration: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
});

function digest(vars: Record<string, string>, secrets: Record<string, string> = {}): string {
  return configurationFor(manifest, { name: 'prod', vars, secrets }).configuration;
}

test('what another app uses makes no other configuration; what this one uses does', () => {
  expect(digest({ THEME: 'dark', OTHER: 'x' })).toBe(digest({ THEME: 'dark', OTHER: 'y' }, { ELSE: 'f' }));
  const all = [digest({}), digest({ THEME: 'dark' }), digest({ THEME: 'light' }), digest({}, { TOKEN: 'f' })];
  expect(new Set(all).size).toBe(all.length);
});

test('taken twice it is the same', () => {
  const once = configurationFor(manifest, { name: 'prod', vars: { THEME: 'dark' } });
  expect(configurationFor(manifest, once)).toEqual(once);
});

test('what needs no environment with requests is the same workload before and after', () => {
  fc.assert(
    fc.property(anySketches, anyEnvironment, (sketches, environment) => {
      const version = manifestOf('v1', sketches);
      const held = configurationFor(version, environment);
      expect(workloadHashes(version, held)).toEqual(workloadHashes(version, environment));
    }),
  );
});
