// How a component's image comes about: what is understood, and what doesn't fit together.
import { describe, expect, test } from 'vitest';
import { componentProblems, problemsOf, smallest, validate } from './sample.ts';

function buildOf(lines: string, directory = '') {
  const text = `app: shop\ncomponents:\n  web:\n${lines.replaceAll(/^/gm, '    ')}\n`;
  return validate(text, directory).app.components['web'];
}

describe('a build', () => {
  test('by fox itself has a command and a base', () => {
    expect(buildOf('path: web\ncommand: [x]\nbuild: { command: npm ci, base: node:24-slim }')?.build).toEqual(
      {
        command: 'npm ci',
        base: 'node:24-slim',
      },
    );
  });

  test('by a Dockerfile sees the component alone, unless it says otherwise; what runs may be in its image', () => {
    expect(buildOf('path: apps/web\nbuild: { dockerfile: docker/Dockerfile }', 'shop')).toMatchObject({
      path: 'shop/apps/web',
      command: [],
      build: { dockerfile: 'shop/apps/web/docker/Dockerfile', context: 'shop/apps/web' },
    });
    const build = 'dockerfile: ../Dockerfile, context: ., target: prod, args: { A: 1, B: true, C: text }';
    expect(buildOf(`path: web\nshared: [Dockerfile, libs]\nbuild: { ${build} }`)?.build).toEqual({
      dockerfile: 'Dockerfile',
      context: '',
      target: 'prod',
      args: { A: '1', B: 'true', C: 'text' },
    });
  });

  test('that is done already needs nothing else', () => {
    const component = buildOf('build: { image: ghcr.io/acme/ui:1.2 }');
    expect(component).toMatchObject({ command: [], shared: [], build: { image: 'ghcr.io/acme/ui:1.2' } });
    expect(component).not.toHaveProperty('path');
  });

  test('is for linux/amd64, or for what the config names, in any order', () => {
    expect(validate(smallest).app.platforms).toEqual(['linux/amd64']);
    const text = `platforms: [linux/arm64, linux/amd64, linux/arm64]\n${smallest}`;
    expect(validate(text).app.platforms).toEqual(['linux/amd64', 'linux/arm64']);
  });
});

const beside = 'has no meaning beside `image`: that image is there already, nothing is built';

test.each<[string, ...string[]]>([
  ['build: { image: a, command: b }', `components.web.build.command: ${beside}`],
  ['build: { image: a, dockerfile: b }', `components.web.build.dockerfile: ${beside}`],
  [
    'build: { dockerfile: Dockerfile, base: node }',
    'components.web.build.base: has no meaning beside `dockerfile`: say it there, by RUN and FROM',
  ],
  ['build: { target: prod }', 'components.web.build.target: is for a Dockerfile: name that by `dockerfile`'],
  [
    'build: { dockerfile: ../Dockerfile }',
    'components.web.build.dockerfile: must be below `path` or a `shared` path: else it is not part of the build',
  ],
  [
    'build: { dockerfile: /Dockerfile }',
    'components.web.build.dockerfile: must be relative to the component, not absolute ("/Dockerfile")',
  ],
  [
    'build: { dockerfile: ../../Dockerfile }',
    'components.web.build.dockerfile: leads out of the repository ("../Dockerfile")',
  ],
  [
    'shared: [libs]\nbuild: { dockerfile: Dockerfile }',
    'components.web.build.dockerfile: its context "web" does not hold libs; name a directory that holds all by `context`',
  ],
  [
    'build: { dockerfile: Dockerfile, context: elsewhere }',
    'components.web.build.context: must hold all that the component is made of: web is outside of it',
  ],
  [
    'build: { dockerfile: Dockerfile, context: .. }',
    'components.web.build.context: leads out of the repository ("..")',
  ],
  [
    'build: { image: Not A Name }',
    'components.web.build.image: "Not A Name" is not an image reference: it has white space in it',
  ],
  [
    'build: { base: "https://node" }',
    'components.web.build.base: "https://node" is not an image reference: it is written without a scheme such as https://',
  ],
  [
    'build: { args: { A: [1] }, dockerfile: D }',
    'components.web.build.args.A: must be text, a number, true or false, not a list',
  ],
])('%s', (lines, ...problems) => {
  expect(componentProblems(lines)).toEqual(problems);
});

test('a wrong platform is named', () => {
  expect(problemsOf(`platforms: [amd64]\n${smallest}`)).toEqual([
    'fox.config.yaml:1 platforms.0: must be a system and a processor, such as linux/arm64, not "amd64"',
  ]);
  expect(problemsOf(`platforms: []\n${smallest}`)).toEqual([
    'fox.config.yaml:1 platforms: must name a platform, not an empty list',
  ]);
});

test('a path or a command may be left out only where nothing needs them', () => {
  expect(problemsOf('app: shop\ncomponents:\n  web: { build: { dockerfile: Dockerfile } }\n')).toEqual([
    'fox.config.yaml:3 components.web.path: is missing; it must be text',
  ]);
  expect(problemsOf('app: shop\ncomponents:\n  web: { path: web, build: { base: node } }\n')).toEqual([
    'fox.config.yaml:3 components.web.command: is missing; it must be a list, such as [node, server.js]',
  ]);
});
