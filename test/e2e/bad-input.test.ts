// What a person may get wrong before anything is built: each gets one clear error, and nothing is written.
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flaws } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { serverOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.create();
});
afterAll(async () => sandbox.remove());

let count = 0;
/** A new repository without a commit. */
async function repository(): Promise<SmallApp> {
  count += 1;
  return SmallApp.create(sandbox, `app-${count}`);
}

/** A new repository whose only commit has a config. */
async function withConfig(text: string, file = 'fox.config.yaml'): Promise<SmallApp> {
  const app = await repository();
  await app.write('web/server.js', serverOf('v1'));
  await app.write(file, text);
  await app.commit();
  return app;
}

/** Nothing was begun: no cluster, no image. */
function expectUntouched(app: SmallApp): void {
  expect(existsSync(sandbox.path(app.cwd, '.fox'))).toBe(false);
}

const web = '{ path: web, command: [node, server.js], routes: ["PathPrefix(`/`)"] }';

describe('a repository that is not ready', () => {
  it.each(['deploy v1', 'plan', 'status', 'validate', 'cluster start', 'cluster kubeconfig'])(
    'is none at all: %s',
    async (line) => {
      await mkdir(sandbox.path('plain'), { recursive: true });
      expect(
        flaws(await sandbox.fox(line, { cwd: 'plain' }), 3, 'is not inside a git work tree', '`git init`'),
      ).toEqual([]);
    },
  );

  it('has no commit', async () => {
    const app = await repository();
    await app.configure({ web: {} });
    expect(
      flaws(await app.fox('deploy', 'v1'), 3, 'this repository has no commit yet', 'git commit'),
    ).toEqual([]);
    expectUntouched(app);
  });

  it('has no config', async () => {
    const app = await repository();
    await app.commit();
    for (const command of ['deploy', 'status', 'validate', 'versions'])
      expect(flaws(await app.fox(command), 2, 'no fox.config.yaml in', '`fox init`')).toEqual([]);
  });

  it('has a config that is not committed', async () => {
    const app = await repository();
    await app.commit();
    await app.configure({ web: {} });
    expect(
      flaws(await app.fox('deploy', 'v1'), 2, "fox.config.yaml doesn't exist at HEAD", 'git add'),
    ).toEqual([]);
    expectUntouched(app);
  });

  it('was not cloned that deep', async () => {
    const app = await withConfig(`app: deep\ncomponents:\n  web: ${web}\n`);
    await app.commit();
    await sandbox.git(['clone', '-q', '--depth=1', `file://${sandbox.path(app.cwd)}`, 'shallow']);
    expect(await sandbox.fox('plan v2', { cwd: 'shallow' })).toMatchObject({ code: 0 });
    const ended = await sandbox.fox('plan v1 --commit HEAD~1', { cwd: 'shallow' });
    expect(flaws(ended, 2, 'there is no commit "HEAD~1" in this clone', 'git fetch')).toEqual([]);
  });
});

describe('a config', () => {
  it.each(['validate', 'deploy v1', 'plan v1', 'status', 'release v1', 'deploy v1 --dry-run'])(
    "that isn't YAML is told of by every command: %s",
    async (line) => {
      const app = await withConfig('app: [x\ncomponents:\n');
      expect(flaws(await app.fox(...line.split(' ')), 2, 'fox.config.yaml:', "can't be read")).toEqual([]);
      expectUntouched(app);
    },
  );

  it('has all of its problems listed at once, each with its line', async () => {
    const app = await withConfig(
      [
        'app: Shop',
        'colour: red',
        'components:',
        `  Web: ${web}`,
        '  api:',
        '    path: ../../elsewhere',
        '    comand: [node, server.js]',
        `  a-name-that-is-much-longer-than-forty-characters: ${web}`,
        'modules:',
        '  all: [api, apj]',
      ].join('\n'),
    );
    const ended = await app.fox('deploy', 'v1');
    expect(
      flaws(
        ended,
        2,
        'fox.config.yaml:1 app: ',
        'fox.config.yaml:2 colour: unknown key',
        'fox.config.yaml:4 components.Web: ',
        'fox.config.yaml:5 components.api.command: is missing',
        'fox.config.yaml:6 components.api.path: leads out of the repository',
        'fox.config.yaml:7 components.api.comand: unknown key; did you mean "command"?',
        'is 48 characters long; names have at most 40',
        'fox.config.yaml:10 modules.all.1: there is no component "apj"; did you mean "api"?',
      ),
    ).toEqual([]);
    expectUntouched(app);
  });

  it('names a component twice', async () => {
    const app = await withConfig(`app: shop\ncomponents:\n  web: ${web}\n  web: ${web}\n`);
    expect(
      flaws(await app.fox('deploy', 'v1'), 2, 'fox.config.yaml:4: the key web stands here a second time'),
    ).toEqual([]);
  });

  it('names paths that are not there at that commit', async () => {
    const app = await withConfig(
      `app: shop\ncomponents:\n  web: ${web}\n  api: { path: api, command: [x], shared: [lib] }\n`,
    );
    await app.write('api/untracked', '');
    await app.write('web/link', '');
    const ended = await app.fox('plan', 'v1');
    expect(
      flaws(ended, 2, 'components.api.path: "api" isn\'t in git', 'components.api.shared: "lib" isn\'t'),
    ).toEqual([]);
  });

  it('may be JSON, or stand in package.json, and is found from below', async () => {
    const json = `{"app":"shop","components":{"web":{"path":"web","command":["node","server.js"]}}}`;
    for (const [file, text] of [
      ['fox.config.json', json],
      ['package.json', `{"name":"x","fox":${json}}`],
    ] as const) {
      const app = await withConfig(text, file);
      const ended = await sandbox.fox('plan v1 -o json', { cwd: `${app.cwd}/web` });
      expect(JSON.parse(ended.stdout)).toMatchObject({ app: 'shop', builds: 1 });
    }
  });
});

describe('a name', () => {
  let app: SmallApp;
  beforeAll(async () => {
    app = await withConfig(`app: shop\ncomponents:\n  web: ${web}\n`);
  });

  it.each([
    ['V1', 'Try `v1`.'],
    ['v_1', 'Try `v-1`.'],
    ['v1/', 'Try `v1`.'],
    ['../x', 'Try `x`.'],
    ['', "can't name a version"],
    ['constructor', 'is reserved'],
    ['a'.repeat(41), 'is 41 characters long'],
  ])('%j is none for a version', async (name, text) => {
    expect(flaws(await app.fox('deploy', name), 2, "can't name a version", text)).toEqual([]);
    expectUntouched(app);
  });

  it.each(['Team', 'team_a', 'a'.repeat(41), '9'])('%j is none for an environment', async (name) => {
    for (const command of ['deploy', 'plan', 'release'])
      expect(flaws(await app.fox(command, 'v1', '-e', name), 2, "can't name a virtual environment")).toEqual(
        [],
      );
    expectUntouched(app);
  });

  it.each(['nowhere', 'HEAD~9', ' ', '--all', 'HEAD^{tree}'])('%j is no commit', async (ref) => {
    const ended = await app.fox('deploy', 'v1', `--commit=${ref}`);
    expect(flaws(ended, 2, `there is no commit "${ref}"`)).toEqual([]);
    expectUntouched(app);
  });

  it('is no app of the repository', async () => {
    expect(
      flaws(await app.fox('plan', '--app', 'shopp'), 2, 'Apps here: shop.', 'Did you mean `--app shop`?'),
    ).toEqual([]);
    expect(flaws(await app.fox('plan', '--app', './nowhere'), 2, 'nowhere')).toEqual([]);
  });

  it('can come from two places only if they agree', async () => {
    expect(
      flaws(await app.fox('deploy', '--dirty', '--commit', 'HEAD'), 2, 'they exclude each other'),
    ).toEqual([]);
    expect(flaws(await app.fox('deploy', 'v1', '--version', 'v2'), 2, 'two different names')).toEqual([]);
  });
});

describe('a place that cannot be written to', () => {
  it('is named', async () => {
    const app = await withConfig(`app: shop\ncomponents:\n  web: ${web}\n`);
    const env = { FOX_HOME: sandbox.path(app.cwd, 'fox.config.yaml') };
    const ended = await sandbox.fox('deploy v1', { cwd: app.cwd, env });
    expect(flaws(ended, 1, "can't make the directory of fox's state", 'fox.config.yaml')).toEqual([]);
  });

  it('takes nothing from init', async () => {
    await sandbox.write('in-the-way', '');
    expect(flaws(await sandbox.fox('init in-the-way/app'), 1, 'in-the-way')).toEqual([]);
    await mkdir(sandbox.path('used'));
    await sandbox.write('used/fox.config.yaml', 'mine');
    expect(flaws(await sandbox.fox('init used'), 5, 'fox.config.yaml', 'Nothing was written.')).toEqual([]);
    expect(existsSync(sandbox.path('used', 'web'))).toBe(false);
    await rm(sandbox.path('used'), { recursive: true });
  });

  it('is not removed by the demo', async () => {
    await mkdir(sandbox.path('precious'));
    await sandbox.write('precious/file', '');
    for (const line of ['demo precious', 'demo precious --clean'])
      expect(flaws(await sandbox.fox(line), 5, 'precious')).toEqual([]);
    expect(existsSync(sandbox.path('precious', 'file'))).toBe(true);
  });
});
