// The Order App's three versions under mixed load at once, whether its components pass the context on or know nothing of it: no answer meets another version's component.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusResult } from '../../src/actions/status.ts';
import { Sandbox } from './sandbox.ts';

interface Chain {
  readonly component: string;
  readonly release: string;
  readonly hops: readonly Chain[];
}

const cwd = 'shop';
const names = ['v1', 'v2', 'v3'] as const;
type Name = (typeof names)[number];

/** What answers in each version, over all hops. */
const expected: Record<Name, Record<string, string>> = {
  v1: { '/api': 'order-ui v1 (api-server v1)', '/worker': 'order-worker v1 (api-server v1)' },
  v2: { '/api': 'order-ui v1 (api-server v2)', '/worker': 'order-worker v1 (api-server v2)' },
  v3: {
    '/api': 'order-ui v3 (api-server v2, review v3 (api-server v2))',
    '/worker': 'order-worker v1 (api-server v2)',
  },
};

function line({ component, release, hops = [] }: Partial<Chain>): string {
  return `${component} ${release}${hops.length === 0 ? '' : ` (${hops.map(line).join(', ')})`}`;
}

describe.each([
  { title: 'that pass the context on', forwards: true, pods: 6 },
  { title: 'that know nothing of contexts', forwards: false, pods: 8 },
])('components $title', ({ forwards, pods }) => {
  let sandbox: Sandbox;
  let edge: string;
  let running: number;

  beforeAll(async () => {
    sandbox = await Sandbox.create();
    for (const name of names) {
      await sandbox.fox(`init ${cwd} --template order-app${name === 'v1' ? '' : `/${name}`}`);
      await sandbox.git(['add', '--all'], cwd);
      await sandbox.git(['commit', '--quiet', '--allow-empty', '--message', name], cwd);
      await sandbox.git(['tag', `step-${name}`], cwd);
    }
    for (const name of names) {
      await sandbox.git(['checkout', '--quiet', `step-${name}`], cwd);
      if (!forwards) await forgetContext(sandbox.path(cwd));
      await sandbox.git(['commit', '--quiet', '--all', '--allow-empty', '--message', 'as it runs'], cwd);
      await sandbox.json(`deploy ${name}`, { cwd });
    }
    await sandbox.json('release v1', { cwd });
    const status = await sandbox.json<StatusResult>('status', { cwd });
    edge = status.router.url ?? '';
    running = status.workloads.flatMap((workload) => workload.pods).length;
  });
  afterAll(async () => sandbox.remove(cwd));

  it('answer for their own version alone, while releases move', async () => {
    expect(running).toBe(pods);
    const stopping = new AbortController();
    const wrong: string[] = [];
    const counts: Record<string, number> = {};
    const ask = async (index: number) => {
      for (let round = index; !stopping.signal.aborted; round++) {
        const name = names[round % names.length] ?? 'v1';
        const path = round % 5 === 0 ? '/worker' : '/api';
        const ways = [
          { target: `${path}?kf-dep=${name}`, headers: {} },
          { target: path, headers: { 'kf-dep': `order-app-${name}` } },
          { target: path, headers: { cookie: `kf-dep.default=${name}` } },
          { target: path, headers: {} },
        ];
        const way = ways[(round + index) % ways.length] ?? { target: path, headers: {} };
        const isPlain = way === ways[3];
        const response = await fetch(edge + way.target, { headers: way.headers });
        const text = await response.text();
        const seen = response.ok ? line(JSON.parse(text) as Chain) : `${response.status} ${text}`;
        const right = isPlain ? names.map((each) => expected[each][path]) : [expected[name][path]];
        if (!right.includes(seen)) wrong.push(`${JSON.stringify(way)}: ${seen}`);
        const kind = isPlain ? 'plain' : name;
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
    };
    const clients = Array.from({ length: 12 }, async (_, index) => ask(index));
    for (const command of ['release v2', 'release v3', 'rollback', 'release v1', 'release v3'])
      await sandbox.json(command, { cwd });
    stopping.abort();
    await Promise.all(clients);
    expect(wrong).toEqual([]);
    expect(Object.keys(counts).toSorted()).toEqual(['plain', ...names]);
  });
});

/** Makes components that pass nothing on, and say so. */
async function forgetContext(directory: string): Promise<void> {
  const config = join(directory, 'fox.config.yaml');
  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replaceAll(/^ *forwardsContext: true.*\n/gm, ''));
  const components = join(directory, 'components');
  for (const component of await readdir(components)) {
    const file = join(components, component, 'server.js');
    const code = await readFile(file, 'utf8');
    await writeFile(
      file,
      code.replace(/function context\(request\) \{[\s\S]*?\n\}\n/, 'function context() {}\n'),
    );
  }
}
