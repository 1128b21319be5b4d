// Virtual environments as they are typed: applied from files, set and unset, refused as a whole, interrupted, and for pull requests.
import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { EnvironmentChangeResult } from '../../src/actions/environments/change/change-result.ts';
import { flaws } from './refusal.ts';
import { startFox } from './running-fox.ts';
import { program, Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let gate: string;

/** Answers with its variables; serves when the gate is open. */
function source(): string {
  return `const { createServer } = require('http');
const { FOX_COMPONENT: component, THEME, PAGE, TAGS } = process.env;
const server = createServer((request, response) => {
  const header = request.headers['x-fox-env'];
  const own = header === undefined ? {} : JSON.parse(Buffer.from(header, 'base64url').toString());
  response.end(JSON.stringify({ component, pid: process.pid, THEME, PAGE, TAGS, ...own }));
});
const wait = () => (require('fs').existsSync(${JSON.stringify(gate)}) ? server.listen(process.env.PORT) : setTimeout(wait, 20));
process.on('SIGTERM', () => process.exit());
wait();
`;
}

beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  gate = sandbox.path('gate');
  await writeFile(gate, '');
  for (const component of ['web', 'api']) await app.write(`${component}/server.js`, source());
  await app.configure({
    web: {
      routes: ['PathPrefix(`/`)'],
      env: {
        THEME: { default: 'light' },
        PAGE: { type: 'string', default: '10' },
        GREETING: { bind: 'request', default: 'Hello' },
      },
    },
    api: {
      routes: [{ rule: 'PathPrefix(`/api/{{.Vars.REGION}}`)', env: { REGION: { default: 'eu' } } }],
      env: { TAGS: { type: 'array', default: [] }, LIMIT: { type: 'number', required: true } },
      secrets: ['API_KEY'],
    },
  });
  await app.commit();
  await app.json('env', 'apply', '--name', 'base');
  await app.json('env', 'set', 'base', 'LIMIT=5');
  await app.fox(
    'env',
    'set',
    '-e',
    'base',
    '--secret',
    'API_KEY',
    '--from-file',
    await secretFile('base key'),
  );
});
afterAll(async () => sandbox.remove(app.cwd));

/** An environment in which v1 runs, and which no test changes. */
const still = 'still';
beforeAll(async () => {
  await change('apply', '--name', still, '--from', 'base');
  await app.json('deploy', 'v1', '-e', still);
});

let count = 0;
async function secretFile(value: string): Promise<string> {
  const path = sandbox.path(`secret-${++count}`);
  await writeFile(path, value);
  return path;
}

/** An environment of its own below `base`, in which v1 runs. */
async function team(...settings: readonly string[]): Promise<string> {
  const name = `team-${++count}x`;
  await change('set', name, '--create', '--parent', 'base', ...settings);
  await app.json<DeployResult>('deploy', 'v1', '-e', name);
  return name;
}

function change(...args: readonly string[]): Promise<EnvironmentChangeResult> {
  return app.json<EnvironmentChangeResult>('env', ...args);
}

interface Answered {
  readonly pid: number;
  readonly THEME: string;
  readonly PAGE: string;
  readonly GREETING: string;
}

async function answerIn(environment: string): Promise<Answered> {
  const { url } = await app.json<{ url: string }>('open', 'v1', '-e', environment);
  return (await (await fetch(url)).json()) as Answered;
}

describe('fox env apply', () => {
  it('takes files in any order, writes what is changed only, and takes away what they no longer say', async () => {
    await app.write(
      'environments/1-child.yaml',
      'kind: VirtualEnvironment\nname: child\nparent: elder\nvars: { THEME: dark }\n',
    );
    await app.write(
      'environments/2-elder.yaml',
      'kind: VirtualEnvironment\nname: elder\nparent: base\nhosts: [elder.example.com]\nvars: { PAGE: "20" }\n',
    );
    const first = await change('apply', '-f', 'environments');
    expect(first.environments.map(({ name, action }) => `${name} ${action}`)).toEqual([
      'child created',
      'elder created',
    ]);
    const again = await change('apply', '-f', 'environments');
    expect(again.environments.map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
    expect(again.flipMs).toBeUndefined();

    await app.fox(
      'env',
      'set',
      '-e',
      'elder',
      '--secret',
      'API_KEY',
      '--from-file',
      await secretFile('elder key'),
    );
    await app.write('environments/2-elder.yaml', 'kind: VirtualEnvironment\nname: elder\nparent: base\n');
    const less = await change('apply', '-f', 'environments/2-elder.yaml');
    expect(less.environments[0]?.changes).toEqual([
      { name: 'hosts', before: ['elder.example.com'] },
      { name: 'vars.PAGE', before: '20' },
    ]);
  });

  it('reads what is piped in', async () => {
    const name = `piped-${++count}`;
    await app.write('one.yaml', `{ kind: VirtualEnvironment, name: ${name}, parent: base }`);
    const { stdout, code } = await sandbox.run(
      'sh',
      ['-c', '"$0" "$1" env apply -f - -o json < one.yaml', process.execPath, program],
      { cwd: app.cwd },
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ environments: [{ name, action: 'created' }] });
  });

  it('changes nothing where one of several is wrong, and tells all that is', async () => {
    await app.write(
      'bad.yaml',
      [
        'kind: VirtualEnvironment\nname: base\nvars: { LIMIT: many }\n',
        'kind: VirtualEnvironment\nname: round\nparent: again\n',
        'kind: VirtualEnvironment\nname: again\nparent: round\n',
        'kind: VirtualEnvironment\nname: lost\nparent: bse\n',
      ].join('---\n'),
    );
    const ended = await app.fox('env', 'apply', '-f', 'bad.yaml');
    expect(
      flaws(
        ended,
        5,
        'nothing was changed',
        'round → again → round',
        "its parent bse doesn't exist. Did you mean base?",
        'components.api.env.LIMIT must be of type number, not string',
      ),
    ).toEqual([]);
    expect(flaws(await app.fox('env', 'set', 'round', 'A=1'), 2, 'no virtual environment "round"')).toEqual(
      [],
    );
  });

  it('makes the environment of a pull request, and refreshes it', async () => {
    const name = `pr-${++count}`;
    const args = ['apply', '--name', name, '--from', 'base', '--ttl', '72h'] as const;
    const made = await change(...args);
    expect(made.environments[0]).toMatchObject({ action: 'created' });
    await change('set', name, 'THEME=pull');
    await app.json('deploy', 'v1', '-e', name);
    await app.json('release', 'v1', '-e', name);
    const again = await change(...args);
    // A second may have passed, or not; nothing else is other than before.
    expect(again.environments[0]?.changes.filter((each) => each.name !== 'expiresAt')).toEqual([]);
    expect(again.workloads).toEqual({ create: [], remove: [] });
    expect((await answerIn(name)).THEME).toBe('pull');
    const pinned = await change('set', name, '--pin');
    expect(pinned.environments[0]?.changes.map((each) => each.name)).toEqual(['ttl', 'expiresAt']);
  });

  it.each([
    [[], 'nothing is said that could be applied'],
    [['-f', 'nowhere'], 'there is no file or directory nowhere'],
    [['--name', 'Team'], "can't name a virtual environment"],
    [['--name', 'x', '--ttl', 'soon'], 'is no time to live'],
  ])('%j is refused', async (args, text) => {
    expect(flaws(await app.fox('env', 'apply', ...args), 2, text)).toEqual([]);
  });
});

describe('fox env set and unset', () => {
  it('give values the types that are declared, and the same pods request-bound ones', async () => {
    const name = await team();
    const before = await answerIn(name);
    const greeted = await change('set', '-e', name, 'GREETING=Moin');
    expect(greeted.workloads).toEqual({ create: [], remove: [] });
    expect(await answerIn(name)).toEqual({ ...before, GREETING: 'Moin' });

    const { environments } = await change('set', '-e', name, 'PAGE=20', 'TAGS=["a"]', 'LIMIT=7', 'FREE=8');
    expect(environments[0]?.changes.map(({ after }) => after)).toEqual(['20', ['a'], 7, 8]);
    expect(await answerIn(name)).toMatchObject({ PAGE: '20', GREETING: 'Moin' });
    expect((await change('unset', name, 'PAGE', 'TAGS', 'LIMIT')).workloads.remove).toHaveLength(2);
    expect(await answerIn(name)).toEqual({ ...before, GREETING: 'Moin' });
  });

  it.each([
    ['LIMIT=abc', 2, 'LIMIT must be a number, not "abc"'],
    ['TAGS=a,b', 2, 'TAGS must be a JSON list'],
    ['API_KEY=opensesame', 2, 'API_KEY is a secret'],
    ['1A=x', 2, '"1A" is not a name'],
    [`GREETING=${'x'.repeat(4_000)}`, 5, 'components.web.env is too much to be sent with each request'],
    ['REGION=a/b', 5, 'components.api.routes.0.env.REGION'],
  ])('%s is refused', async (assignment, code, text) => {
    const ended = await app.fox('env', 'set', still, assignment);
    expect(flaws(ended, code, text)).toEqual([]);
    expect(ended.stderr).not.toContain('opensesame');
  });

  it('refuse to take away what is required, in what inherits it, too', async () => {
    const texts = [
      'LIMIT is required but has no value',
      'still',
      'LIMIT can go when nothing that runs there declares it any more',
    ];
    expect(flaws(await app.fox('env', 'unset', 'base', 'LIMIT'), 5, ...texts)).toEqual([]);
    expect(flaws(await app.fox('env', 'unset', still, 'LIMIT'), 2, 'LIMIT is inherited from base')).toEqual(
      [],
    );
    expect(await app.fox('env', 'unset', still, 'LIMIT', '--ignore-not-found')).toMatchObject({ code: 0 });
  });

  it('make no environment by a slip', async () => {
    const ended = await app.fox('env', 'set', 'bsae', 'A=1');
    expect(
      flaws(ended, 2, 'there is no virtual environment "bsae"', 'Did you mean `base`?', '--create'),
    ).toEqual([]);
  });

  it('say how browsers are served, which is inherited', async () => {
    const name = await team();
    const { environments } = await change('set', name, '--no-sticky', '--skew-protection', '30m');
    expect(environments[0]?.changes).toEqual([
      { name: 'sticky', after: false },
      { name: 'skewProtection', after: '30m' },
    ]);
    const child = await team('--parent', name, '--no-response-headers');
    const shown = await app.fox('env', 'show', child, '-o', 'json');
    const expected = { sticky: false, skewProtection: '30m', responseHeaders: false };
    expect(JSON.parse(shown.stdout)).toMatchObject(expected);
    await change('set', child, '--sticky', '--no-skew-protection', '--response-headers');
    const after = await app.fox('env', 'show', child, '-o', 'json');
    expect(JSON.parse(after.stdout)).toMatchObject({
      sticky: true,
      skewProtection: 'off',
      responseHeaders: true,
    });
    const refused = await app.fox('env', 'set', child, '--skew-protection', 'soon');
    expect(flaws(refused, 2, 'the skew protection "soon" is neither a time')).toEqual([]);
  });

  it('give no two environments the same address', async () => {
    const [one, other] = [
      await team('--host', `h${count}.example.com`, '--sub-path', `p${count}`),
      await team(),
    ];
    const { environments } = await change('set', other, '--host', 'o.example.com');
    expect(environments[0]?.changes).toEqual([{ name: 'hosts', after: ['o.example.com'] }]);
    const ended = await app.fox('env', 'set', one, '--host', 'o.example.com');
    expect(flaws(ended, 5, `${one}: host o.example.com is that of ${other}`)).toEqual([]);
    await change('set', other, '--no-hosts');
    await change('set', one, '--host', 'o.example.com');
  });

  it('take by FOX_VIRTUAL_ENV, by word and by option, and refuse two names', async () => {
    const name = `by-word-${++count}`;
    await change('apply', '--name', name);
    const ended = await app.fox('env', 'set', name, 'A=1', '-e', 'base');
    expect(flaws(ended, 2, `two virtual environments are named, ${name} and base`)).toEqual([]);
    const env = { FOX_VIRTUAL_ENV: 'base' };
    const word = await sandbox.fox(`env set ${name} A=2`, { cwd: app.cwd, env });
    expect(word.stdout).toContain(`${name} is changed: A = 2`);
    const given = await sandbox.fox('env set B=2', { cwd: app.cwd, env });
    expect(given.stdout).toContain('base is changed: B = 2');
  });
});

describe('a change that needs new pods', () => {
  it('is completed by the next run when it was killed while it waited', async () => {
    const name = await team();
    await rm(gate);
    const running = startFox(app, 'env', 'set', name, 'THEME=dark');
    await running.says('Waiting for web');
    expect((await answerIn(name)).THEME).toBe('light');
    running.signal('SIGKILL');
    await running.ended;
    await writeFile(gate, '');
    expect((await answerIn(name)).THEME).toBe('light');
    const { workloads } = await change('set', name, 'THEME=dark');
    expect(workloads.create).toEqual([]);
    expect((await answerIn(name)).THEME).toBe('dark');
  });

  it('leaves the environment as it was where they do not become ready', async () => {
    const name = await team();
    await rm(gate);
    const ended = await app.fox('env', 'set', name, 'THEME=never', '--timeout', '1s');
    expect(flaws(ended, 4, `${name} stays as it was`, 'fox prune')).toEqual([]);
    expect((await answerIn(name)).THEME).toBe('light');
    const pruned = await app.json<{ items: readonly object[] }>('prune');
    await writeFile(gate, '');
    expect(pruned.items).toHaveLength(1);
  });

  it('keeps a stable release as it is, and says so', async () => {
    const name = await team('--policy', 'stable');
    await app.json('release', 'v1', '-e', name);
    const { held, workloads } = await change('set', name, 'THEME=dark');
    expect(held).toEqual([{ app: 'shop', version: 'v1', environment: name }]);
    expect(workloads).toEqual({ create: [], remove: [] });
    expect((await answerIn(name)).THEME).toBe('light');
  });
});
