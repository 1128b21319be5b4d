// What the README and ROUTING.md show of routing, typed as it stands there; and what they show of configs is valid.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { StatusResult } from '../../src/actions/status.ts';
import { pageText, shownCommands, Story, typeAll } from './readme-story.ts';
import { Sandbox } from './sandbox.ts';
import { SmallApp, type SmallComponent } from './small-app.ts';

const [first] = await shownCommands('Routing');
const [second] = await shownCommands('Calls', 'ROUTING.md');
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
    await typeAll(story, first);
    expect(await versions()).toEqual(['v1']);
  });

  it('a call is explained', async () => {
    await typeAll(story, second);
    expect(await versions()).toEqual(['v1', 'v2']);
  });
});

describe('the config', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await Sandbox.create();
  });
  afterAll(async () => sandbox.remove());

  it.each([
    ['README.md', 'Routing'],
    ['ROUTING.md', undefined],
  ] as const)('that %s shows is valid', async (page, chapter) => {
    const text = await pageText(page, chapter);
    const shown = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
      ([, block = '']) => parse(block) as object,
    );
    const { routes, router, components } = Object.assign({}, ...shown) as {
      readonly routes?: NonNullable<SmallComponent['routes']>;
      readonly router?: object;
      readonly components?: Readonly<Record<string, object>>;
    };
    expect(routes?.length).toBeGreaterThan(3);
    expect(router).toBeDefined();
    const app = await SmallApp.create(sandbox, page.toLowerCase().replace('.md', ''));
    await app.write('web/server.js', '');
    await app.configure(
      { web: { ...components?.['web'], ...(routes === undefined ? {} : { routes }) } },
      { router },
    );
    await app.commit();
    expect(await app.fox('validate')).toMatchObject({ code: 0, stderr: '' });
  });
});
