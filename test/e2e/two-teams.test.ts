// The README's story of two teams in one cluster, typed as it stands there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentShowResult } from '../../src/actions/environments/show.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { shownCommands, Story, typeAll } from './readme-story.ts';
import { hasProgram, Sandbox } from './sandbox.ts';

const blocks = await shownCommands('Two teams, one cluster');
const programs = ['sh', 'curl', 'perl'];
const missing = (await Promise.all(programs.map(hasProgram))).some((has) => !has);
const cwd = 'shop';

/** Uids of a component's pods. */
async function podsOf(sandbox: Sandbox, component: string): Promise<string[]> {
  const { workloads } = await sandbox.json<StatusResult>('status', { cwd });
  const own = workloads.filter((workload) => workload.component === component);
  return own.flatMap(({ pods }) => pods.map(({ uid }) => uid)).toSorted();
}

describe.skipIf(missing)('two teams, one cluster', { sequential: true, shuffle: false }, () => {
  let sandbox: Sandbox;
  let story: Story;

  beforeAll(async () => {
    sandbox = await Sandbox.create();
    story = await Story.begin(sandbox, {
      edge: async () => (await sandbox.json<StatusResult>('status', { cwd })).router.url ?? '',
    });
  });
  afterAll(async () => sandbox.remove(cwd));

  const before: Record<string, string[]> = {};

  it('both have the same version, on the same pods', async () => {
    await typeAll(story, blocks[0]);
    for (const component of ['order-ui', 'api-server', 'order-worker']) {
      before[component] = await podsOf(sandbox, component);
      expect(before[component]).toHaveLength(1);
    }
  });

  it('what is sent with requests differs, and no pod does', async () => {
    await typeAll(story, blocks[1]);
    for (const [component, uids] of Object.entries(before))
      expect(await podsOf(sandbox, component)).toEqual(uids);
  });

  it('what a process is given forks the component that declares it, and no other', async () => {
    await typeAll(story, blocks[2]);
    const servers = await podsOf(sandbox, 'api-server');
    expect(servers).toHaveLength(2);
    expect(servers).toEqual(expect.arrayContaining(before['api-server'] ?? []));
    for (const component of ['order-ui', 'order-worker'])
      expect(await podsOf(sandbox, component)).toEqual(before[component]);
  });

  it('a third inherits, and shares', async () => {
    const pods = await podsOf(sandbox, 'api-server');
    await typeAll(story, blocks[3]);
    expect(await podsOf(sandbox, 'api-server')).toEqual(pods);
  });

  it('a secret that is missing is told before anything changes', async () => {
    await typeAll(story, blocks[4]);
    expect(await podsOf(sandbox, 'order-worker')).toHaveLength(2);
  });

  it('a pull request gets one that ends by itself', async () => {
    await typeAll(story, blocks[5]);
    // As with a further push.
    await sandbox.write(`${cwd}/components/order-worker/README.md`, 'It packs, and signs.\n');
    await sandbox.git(['add', '--all'], cwd);
    await sandbox.git(['commit', '--quiet', '--message', 'Tell what order-worker does'], cwd);
    for (const { command } of blocks[5]?.slice(1, 4) ?? [])
      expect(await story.type({ command, output: [] })).toBeUndefined();
    expect(await podsOf(sandbox, 'order-worker')).toHaveLength(3);
    const pullRequest = await sandbox.json<EnvironmentShowResult>('env show pr-123', { cwd });
    const left = Date.parse(pullRequest.expiresAt ?? '') - Date.now();
    expect(left).toBeGreaterThan(71 * 3_600_000);
    expect(left).toBeLessThanOrEqual(72 * 3_600_000);
  });

  it('deleting leaves only what others use', async () => {
    const stop = blocks[6]?.at(-1);
    expect(stop?.command).toBe('fox cluster stop');
    await typeAll(story, blocks[6]?.slice(0, -1));
    for (const component of ['order-ui', 'api-server'])
      expect(await podsOf(sandbox, component)).toEqual(before[component]);
    await typeAll(story, stop === undefined ? [] : [stop]);
    expect(blocks).toHaveLength(7);
  });
});
