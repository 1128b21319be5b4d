// A planted secret is searched for in all that fox prints, writes and runs, through everything that it can do with it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { V1ConfigMap, V1Pod, V1Secret } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { openTransport } from '../../src/cluster/api/transport.ts';
import { readConnection } from '../../src/cluster/connection/embedded-kubeconfig.ts';
import { type Ended, eventually, hasProgram, plainEnvironment, program, Sandbox } from './sandbox.ts';
import { newSecret, SecretSearch } from './searched-secret.ts';
import { SmallApp } from './small-app.ts';

/** Says nothing of the secrets that it has but a hash of all of them. */
const serverOf = (release: string) => `
const { DB_PASSWORD = '', TOKEN = '', OTHERS = '' } = process.env;
console.log('started ${release}');
require('http').createServer((request, response) => {
  const digest = require('crypto').createHash('sha256').update([DB_PASSWORD, TOKEN, OTHERS].join()).digest('hex');
  response.end(JSON.stringify({ release: '${release}', digest: digest.slice(0, 12) }));
}).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
`;

const secrets = ['DB_PASSWORD', 'TOKEN', 'OTHERS'];
const [first, changed, token, others, tried] = [1, 2, 3, 4, 5].map(newSecret) as [
  string,
  string,
  string,
  string,
  string,
];

let sandbox: Sandbox;
let app: SmallApp;
/** Where the values are that this test itself writes down. */
let outside: string;
/** Of v1. */
let commit: string;
let environment: Record<string, string>;
const search = new SecretSearch([first, changed, token, others, tried]);

beforeAll(async () => {
  sandbox = await Sandbox.create();
  outside = await mkdtemp(join(tmpdir(), 'fox-e2e-outside-'));
  for (const directory of ['home', 'tmp']) await mkdir(sandbox.path(directory));
  environment = { ...plainEnvironment, HOME: sandbox.path('home'), TMPDIR: sandbox.path('tmp') };
  app = await SmallApp.create(sandbox, 'shop');
});
afterAll(async () => {
  await sandbox.remove('shop');
  await rm(outside, { recursive: true, force: true });
});

/** Runs fox as a person does, and looks through what it prints, and through all command lines meanwhile. */
async function fox(args: readonly string[], { piped = '', code = 0 } = {}): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: sandbox.path('shop'),
    env: environment,
    stdio: 'pipe',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number>((resolve) => {
    child.on('close', (status) => resolve(status ?? -1));
  });
  child.stdin.on('error', () => undefined).end(piped);
  // What somebody has typed as an argument, against all advice, is in the list of processes.
  const isTyped = args.some((arg) => arg.includes(tried));
  let isOver = false;
  do {
    if (!isTyped) await search.commands();
    const pause = new Promise<'running'>((resolve) => setTimeout(resolve, 50, 'running'));
    isOver = (await Promise.race([ended, pause])) !== 'running';
  } while (!isOver);
  const place = `fox ${args.join(' ').replaceAll(tried, '…')}`;
  search.text(`${place}: stdout`, stdout);
  search.text(`${place}: stderr`, stderr);
  const status = await ended;
  if (status !== code) throw new Error(`${place} ended with ${status}, not ${code}: ${stdout}${stderr}`);
  return { code: status, stdout, stderr };
}

async function everyOutput(...args: readonly string[]): Promise<void> {
  const formats = [[], ['--verbose'], ['-o', 'json'], ['-o', 'yaml']];
  await Promise.all(formats.map(async (more) => fox([...args, ...more])));
}

/** Edits an environment at a terminal, with an editor that shows what it is given. */
async function edit(virtualEnv: string): Promise<void> {
  if (!(await hasProgram('script'))) return;
  const command = `"${process.execPath}" "${program}" env edit ${virtualEnv}`;
  const options = { cwd: 'shop', env: { ...environment, EDITOR: 'cat' } };
  const { stdout, stderr } = await sandbox.run('script', ['-qec', command, '/dev/null'], options);
  search.text('fox env edit', stdout + stderr);
  expect(stdout).toContain(`name: ${virtualEnv}`);
}

async function json<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse((await fox([...args, '-o', 'json'])).stdout) as T;
}

const kubeconfig = () => sandbox.path('shop', '.fox', 'cluster', 'kubeconfig');

/** The cluster, as kubectl sees it. */
async function withApi<T>(work: (client: ApiClient) => Promise<T>): Promise<T> {
  const transport = openTransport(await readConnection(kubeconfig()));
  try {
    return await work(new ApiClient(transport.send, 'default'));
  } finally {
    transport.close();
  }
}

/** What v1 answers in an environment. */
async function served(virtualEnv: string): Promise<unknown> {
  const { url } = await json<{ url: string }>('open', 'v1', '-e', virtualEnv);
  return (await fetch(url)).json();
}

/** As the server says which secrets it has. */
function digestOf(...values: readonly string[]): string {
  return createHash('sha256').update(values.join()).digest('hex').slice(0, 12);
}

async function lookEverywhere(): Promise<void> {
  await search.objects(kubeconfig());
  await search.files(sandbox.directory);
  await search.commands();
  expect(search.found).toEqual([]);
}

async function commitRelease(name: string, source = serverOf(name)): Promise<string> {
  await app.write('web/server.js', source);
  await app.configure({ web: { routes: ['PathPrefix(`/`)'], secrets } });
  return app.commit(name);
}

/** Uids of the pods of a workload. */
async function podsOf(component: string): Promise<string[]> {
  const { items } = await withApi((client) =>
    client.list<V1Pod>('pods', { labelSelector: `kubefox.io/component=${component}` }),
  );
  return items.map(({ metadata }) => metadata?.uid ?? '').toSorted();
}

describe('a secret', { sequential: true, shuffle: false, timeout: 300_000 }, () => {
  it('is set from standard input, a file, lines and another tool, and never by an argument', async () => {
    commit = await commitRelease('v1');
    await fox(['env', 'set', '-e', 'team-a', '--create', '--secret', 'DB_PASSWORD', '--dry-run'], {
      piped: first,
    });
    await fox(['env', 'set', '-e', 'team-a', '--create', '--secret', 'DB_PASSWORD'], { piped: `${first}\n` });
    await writeFile(join(outside, 'token'), token);
    await fox([
      'env',
      'set',
      'team-a',
      '--secret',
      'TOKEN',
      '--from-file',
      join(outside, 'token'),
      '--verbose',
    ]);
    await withApi((client) =>
      client.create('secrets', {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'given' },
        data: { key: Buffer.from(others).toString('base64') },
      }),
    );
    await fox(['env', 'set', 'team-a', '--secret', 'OTHERS', '--from-secret', 'given/key', '-o', 'json']);
    const again = await json<{ environments: { action: string }[] }>(
      'env',
      'set',
      'team-a',
      '--secret',
      'OTHERS',
      '--from-secret',
      'given/key',
    );
    expect(again.environments.map(({ action }) => action)).toEqual(['unchanged']);
    await fox(['env', 'set', 'team-b', '--parent', 'team-a', '--create', '--secrets', '-'], {
      piped: `DB_PASSWORD=${changed}\n`,
    });
    const refused = await fox(['env', 'set', 'team-a', '--secret', `DB_PASSWORD=${tried}`], { code: 2 });
    expect(refused.stderr).toContain('history');
    await fox(['env', 'set', 'team-a', '--secret', 'DB_PASSWORD'], { piped: `${tried}\0`, code: 2 });
    await lookEverywhere();
  });

  it('reaches its pods, and nothing that shows it', async () => {
    await fox(['validate', '-e', 'team-a', '--verbose']);
    await fox(['plan', 'v1', '-e', 'team-a', '-o', 'json']);
    await fox(['deploy', 'v1', '-e', 'team-a', '--verbose']);
    await fox(['deploy', 'v1', '-e', 'team-b', '-o', 'json']);
    await fox(['release', 'v1', '-e', 'team-a', '--verbose']);
    const copies = await withApi((client) =>
      client.list<V1Secret>('secrets', { labelSelector: 'kubefox.io/component=web' }),
    );
    const values = copies.items.map(({ data = {} }) =>
      Object.values(data).map((each) => Buffer.from(each, 'base64').toString()),
    );
    // The search looks for the right things: here they are.
    expect(values.map((each) => new Set(each))).toEqual(
      expect.arrayContaining([new Set([first, token, others]), new Set([changed, token, others])]),
    );
    await lookEverywhere();
  });

  it('is shown by no command', async () => {
    for (const args of [
      ['env', 'list'],
      ['env', 'show', 'team-a', '--origin'],
      ['env', 'show', 'team-b'],
      ['env', 'diff', 'team-a', 'team-b'],
      ['plan', 'v1', '-e', 'team-b'],
      ['status'],
      ['versions'],
      ['history'],
      ['open', 'v1', '-e', 'team-a'],
      ['prune', '--dry-run'],
    ])
      await everyOutput(...args);
    const { workloads } = await json<{ workloads: { name: string }[] }>('status');
    for (const { name } of workloads) await everyOutput('why', name);
    await fox(['logs', 'web', '--verbose']);
    await edit('team-a');
    await fox(['doctor', '--verbose']);
    await lookEverywhere();
    expect(search.looked.files).toBeGreaterThan(100);
    expect(search.looked.commands).toBeGreaterThan(100);
    expect(search.looked.objects).toBeGreaterThan(20);
  });

  it('doesn’t come out of what goes wrong', async () => {
    await commitRelease('v2', 'throw new Error("no")');
    await fox(['deploy', 'v2', '-e', 'team-a', '--verbose', '--timeout', '20s'], { code: 1 });
    await commitRelease('v3');
    await fox(['env', 'edit', 'team-a', '--verbose'], { code: 2 });
    await fox(['env', 'set', 'team-a', `DB_PASSWORD=${tried}`], { code: 2 });
    await withApi(async (client) => {
      const data = { key: Buffer.from(`${others}x`).toString('base64') };
      await client.patch('secrets', 'given', { data });
    });
    const refused = await fox(['deploy', 'v3', '-e', 'team-a', '--verbose'], { code: 5 });
    expect(refused.stderr).toContain('fox env set -e team-a --secret OTHERS --from-secret given/key');
    await lookEverywhere();
  });

  it('stays with the pods that have it, whatever becomes of its environment', async () => {
    const before = await podsOf('web');
    expect(await served('team-a')).toEqual({ release: 'v1', digest: digestOf(first, token, others) });
    expect(await served('team-b')).toEqual({ release: 'v1', digest: digestOf(changed, token, others) });
    // By others, behind fox's back.
    await withApi((client) => client.delete('secrets', 'fox-env-team-a'));
    await withApi((client) => client.delete('secrets', 'given'));
    await fox(['env', 'set', 'team-c', '--create', '--secret', 'DB_PASSWORD'], { piped: first });
    await fox(['deploy', 'v1', '--commit', commit, '-e', 'team-a']);
    expect(await podsOf('web')).toEqual(before);
    expect(await served('team-a')).toEqual({ release: 'v1', digest: digestOf(first, token, others) });
    expect(await served('team-b')).toEqual({ release: 'v1', digest: digestOf(changed, token, others) });
    await lookEverywhere();
  });

  it('is not on the disk of a cluster that is stopped', async () => {
    await fox(['cluster', 'stop']);
    await everyOutput('status');
    await everyOutput('env', 'show', 'team-a');
    await search.files(sandbox.directory);
    expect(search.found).toEqual([]);
    const home = sandbox.path('shop', '.fox', 'cluster');
    for (const name of ['.', 'store', 'store/objects.mdb', 'store/secrets.key', 'cluster.log', 'router.log'])
      expect([name, (await stat(join(home, name))).mode & 0o077]).toEqual([name, 0]);
    await fox(['cluster', 'start']);
    expect((await stat(kubeconfig())).mode & 0o077).toBe(0);
    await eventually(
      async () => served('team-b').catch(String),
      (answer) => typeof answer === 'object',
    );
    expect(await served('team-b')).toEqual({ release: 'v1', digest: digestOf(changed, token, others) });
  });

  it('leaves with its environment', async () => {
    await fox(['env', 'unset', 'team-c', 'DB_PASSWORD', '--verbose']);
    await fox(['env', 'delete', 'team-c', '--verbose']);
    await fox(['env', 'delete', 'team-b', '--verbose']);
    await fox(['env', 'delete', 'team-a', '--end-releases', '--verbose']);
    await fox(['prune', '--verbose']);
    const left = await withApi((client) => client.list<V1Secret>('secrets'));
    expect(left.items.map(({ metadata }) => metadata?.name)).toEqual(['fox-identity']);
    await lookEverywhere();
  });
});

describe('the search', () => {
  it('finds what is there', async () => {
    const [value, place] = [newSecret(), join(outside, 'planted')];
    await mkdir(place);
    const forms: Record<string, string | Buffer> = {
      plain: `before ${value} after`,
      json: JSON.stringify({ value }),
      url: encodeURIComponent(value),
      hex: Buffer.from(value).toString('hex'),
      base64: Buffer.from(`x${value}`).toString('base64'),
      twice: Buffer.from(Buffer.from(value).toString('base64')).toString('base64'),
      packed: gzipSync(`manifest: ${value}`),
      [value.slice(0, 18)]: 'nothing',
    };
    for (const [name, content] of Object.entries(forms)) await writeFile(join(place, name), content);
    const planted = new SecretSearch([value]);
    await planted.files(place);
    const places = new Set(planted.found.map((each) => each.place.replace(' (unpacked)', '')));
    expect(places).toEqual(
      new Set([
        'a name',
        ...Object.keys(forms).flatMap((name) =>
          name.startsWith(value.slice(0, 18)) ? [] : join(place, name),
        ),
      ]),
    );
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()', value], { stdio: 'pipe' });
    const running = new SecretSearch([value]);
    await running.commands();
    child.stdin.end();
    expect(running.found.map((each) => each.place)).toContain('a command line');
  });

  it('looks into objects', async () => {
    const value = newSecret();
    const packed = gzipSync(value).toString('base64');
    const other = await SmallApp.create(sandbox, 'other');
    await other.release('v1');
    await other.fox('cluster', 'start');
    const path = sandbox.path('other', '.fox', 'cluster', 'kubeconfig');
    const transport = openTransport(await readConnection(path));
    const client = new ApiClient(transport.send, 'default');
    const base = { apiVersion: 'v1', kind: 'ConfigMap' };
    await client.create<V1ConfigMap>('configmaps', { ...base, metadata: { name: 'a' }, data: { value } });
    await client.create<V1ConfigMap>('configmaps', {
      ...base,
      metadata: { name: 'b' },
      binaryData: { packed },
    });
    const annotations = { value };
    await client.create<V1Secret>('secrets', {
      ...base,
      kind: 'Secret',
      metadata: { name: 'c', annotations },
    });
    const data = { value: Buffer.from(value).toString('base64') };
    await client.create<V1Secret>('secrets', { ...base, kind: 'Secret', metadata: { name: 'd' }, data });
    transport.close();
    const planted = new SecretSearch([value]);
    await planted.objects(path);
    await other.fox('cluster', 'stop', '--quiet');
    const places = new Set(planted.found.map((each) => each.place.replace(' (unpacked)', '')));
    expect(places).toEqual(new Set(['configmaps/a', 'configmaps/b', 'secrets/c']));
  });
});
