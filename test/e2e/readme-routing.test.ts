// The README's chapter on routing, typed as it stands there; and what it shows of configs is valid.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { StatusResult } from '../../src/actions/status.ts';
import { shownCommands, Story, typeAll } from './readme-story.ts';
import { Sandbox } from './sandbox.ts';
import { SmallApp, type SmallComponent } from './small-app.ts';

const heading = 'Routing';
const blocks = await shownCommands(heading);
const cwd = 'shop';

describe('routing', { sequential: true, shuffle: false }, () => {
  let sandbox: Sandbox;
  let story: Story;

  beforeAll(async () => {
    sandbox = await Sandbox.create();
    story = await Story.begin(sandbox, {
      edge: async () => (await sandbox.json<StatusResult>('status', { cwd })).router.url ?? '',
    });
  });
  afterAll(async () => sandbox.remove(cwd));

  /** Names of the versions that are there then. */
  async function versions(): Promise<string[]> {
    return (await sandbox.json<StatusResult>('status', { cwd })).versions.map(({ name }) => name);
  }

  it('routes are listed, and a request is explained', async () => {
    await typeAll(story, blocks[0]);
    expect(await versions()).toEqual(['v1']);
  });

  it('a call is explained', async () => {
    await typeAll(story, blocks[1]);
    expect(await versions()).toEqual(['v1', 'v2']);
  });
});

describe('the config', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await Sandbox.create();
  });
  afterAll(async () => sandbox.remove());

  it('of routes and of routers is valid', async () => {
    const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
    const [, chapter = ''] = readme.split(`\n## ${heading}\n`);
    const [text = ''] = chapter.split('\n## ');
    const shown = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
      ([, block = '']) => parse(block) as object,
    );
    const { routes, router } = Object.assign({}, ...shown) as {
      readonly routes?: NonNullable<SmallComponent['routes']>;
      readonly router?: object;
    };
    expect(routes?.length).toBeGreaterThan(3);
    const app = await SmallApp.create(sandbox, 'small');
    await app.write('web/server.js', '');
    await app.configure({ web: routes === undefined ? {} : { routes } }, { router });
    await app.commit();
    expect(await app.fox('validate')).toMatchObject({ code: 0, stderr: '' });
  });
});
