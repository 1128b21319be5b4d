// Where components can run: told before anything is built, each by name, with what to do.
import { expect, test } from 'vitest';
import type { Build } from '../../../../src/core/version/app.ts';
import type { VersionManifest } from '../../../../src/core/version/manifest.ts';
import { refuseUnrunnable } from '../../../../src/core/version/runnable.ts';
import { manifestOf } from './identity-fixture.ts';

function manifestWith(builds: Record<string, Build | undefined>, program = 'node'): VersionManifest {
  const manifest = manifestOf('v1', Object.fromEntries(Object.keys(builds).map((name) => [name, {}])));
  const components = Object.entries(manifest.components).map(([name, component]) => {
    const build = builds[name];
    const template = { ...component.template, command: [program] };
    return [name, { ...component, template, ...(build === undefined ? {} : { build }) }] as const;
  });
  return { ...manifest, components: Object.fromEntries(components) };
}

const dockerfile = { dockerfile: 'web/Dockerfile', context: 'web' };

test('the embedded cluster runs what fox builds itself, with a base or without', () => {
  expect(() =>
    refuseUnrunnable(manifestWith({ a: undefined, b: { base: 'node' } }), 'embedded'),
  ).not.toThrow();
  const refused = manifestWith({ a: undefined, b: dockerfile, c: { image: 'ghcr.io/acme/ui:1' } });
  expect(() => refuseUnrunnable(refused, 'embedded')).toThrow(
    expect.objectContaining({
      code: 'REFUSED',
      message: "version v1 can't run on the embedded cluster",
      details: [
        'b is built by a Dockerfile (web/Dockerfile), and the embedded cluster runs processes of this machine, not containers',
        'c is an image (ghcr.io/acme/ui:1), and the embedded cluster runs processes of this machine, not containers',
      ],
      hints: [expect.stringContaining('--context'), expect.stringContaining('build.dockerfile')],
    }),
  );
});

test('Kubernetes runs everything that has a base, and is told which one a program may want', () => {
  const fine = manifestWith({ a: { base: 'node' }, b: dockerfile, c: { image: 'x' } });
  expect(() => refuseUnrunnable(fine, 'kubernetes')).not.toThrow();
  for (const [program, base] of Object.entries({
    node: 'node:24-slim',
    python3: 'python:3.13-slim',
    './x': 'debian:stable-slim',
  })) {
    expect(() =>
      refuseUnrunnable(manifestWith({ a: { base: 'x' }, b: undefined }, program), 'kubernetes'),
    ).toThrow(
      expect.objectContaining({
        code: 'REFUSED',
        details: ['b has no base image: its files alone are nothing that a container can run'],
        hints: [expect.stringContaining(`build: { base: ${base} }`)],
      }),
    );
  }
});
