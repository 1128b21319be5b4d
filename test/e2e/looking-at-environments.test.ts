// Virtual environments are listed, shown, compared, validated and edited; the plan names what runs for one of them alone.
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentChangeResult } from '../../src/actions/environments/change/change-result.ts';
import type { EnvironmentDiffResult } from '../../src/actions/environments/diff.ts';
import type { EnvironmentListResult } from '../../src/actions/environments/list.ts';
import type { EnvironmentShowResult } from '../../src/actions/environments/show.ts';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { PlanResult } from '../../src/actions/plan.ts';
import type { ValidateResult } from '../../src/actions/validate.ts';
import { main } from '../../src/main.ts';
import { clusterOf, tellingServer } from './configured-app.ts';
import { flaws } from './refusal.ts';
import { plainEnvironment, program, Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

const secret = 'hunter2-a-secret-value';

let sandbox: Sandbox;
let app: SmallApp;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  for (const name of ['ui', 'api', 'greeter', 'worker'])
    await app.write(`${name}/server.js`, tellingServer('THEME', 'PAGE', 'KEY'));
  await configure();
  await app.commit();
  await app.json('deploy', 'v1');
  await app.json('release', 'v1');
  await app.write(
    'environments/all.yaml',
    [
      'kind: VirtualEnvironment\nname: dev\nvars: { THEME: light, GREETING: Hi, OLD: x }\n',
      'kind: VirtualEnvironment\nname: team-a\nparent: dev\nvars: { GREETING: Hello }\nsubPath: team-a\nttl: 72h\n',
      'kind: VirtualEnvironment\nname: team-b\nparent: dev\nvars: { PAGE: 20 }\nhosts: [team-b.example.com]\n',
    ].join('---\n'),
  );
  await app.json('env', 'apply', '-f', 'environments');
  await app.write('secret', secret);
  await app.json('env', 'set', '-e', 'team-a', '--secret', 'SPARE', '--from-file', 'secret');
  await sandbox.run('rm', ['secret'], { cwd: app.cwd });
});
afterAll(async () => sandbox.remove(app.cwd));

/** `ui` and `worker` forward nothing; `api` has a number in its process, `greeter` a text with each request. */
async function configure(more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await app.configure(
    {
      ui: { routes: ['PathPrefix(`/`)'], calls: ['greeter'], env: { THEME: { default: 'light' }, ...more } },
      api: { env: { PAGE: { default: 10 } } },
      greeter: { env: { GREETING: { bind: 'request', default: 'Hi' } } },
      worker: { calls: ['api'], replicas: 2 },
    },
    { defaultEnvironment: 'dev' },
  );
}

/** Waits for no cluster: works on what a stopped one has on disk, too. */
async function stoppedOrNot<T>(work: () => Promise<T>): Promise<[T, T]> {
  const running = await work();
  await app.fox('cluster', 'stop');
  const stopped = await work();
  expect(await app.json<{ state: string }>('cluster', 'status')).toMatchObject({ state: 'stopped' });
  await app.fox('cluster', 'start');
  return [running, stopped];
}

/** Values that are in force, by name; fingerprints of secrets. */
async function valuesOf(name: string): Promise<Record<string, unknown>> {
  const { values } = await app.json<EnvironmentShowResult>('env', 'show', name);
  return Object.fromEntries(
    values.map((each) => [each.name, each.of === 'variable' ? each.value : each.fingerprint]),
  );
}

describe('looking', () => {
  it('lists all, and starts no cluster for it', async () => {
    const list = () => app.json<EnvironmentListResult>('env', 'list');
    const [running, stopped] = await stoppedOrNot(list);
    for (const { kind, items } of [running, stopped]) {
      expect(kind).toBe('env list');
      expect(items.filter(({ name }) => /^(dev|team-.)$/.test(name))).toMatchObject([
        {
          name: 'dev',
          isDefault: true,
          policy: 'testing',
          versions: [{ app: 'shop', version: 'v1' }],
          released: { shop: 'v1' },
        },
        { name: 'team-a', parent: 'dev', subPath: 'team-a', isDefault: false, versions: [], released: {} },
        { name: 'team-b', parent: 'dev', hosts: ['team-b.example.com'] },
      ]);
      expect(items.find(({ name }) => name === 'team-a')?.timeLeft).toBeGreaterThan(71 * 3_600_000);
    }
    const { stdout } = await app.fox('env', 'list');
    expect(stdout).toMatch(/^dev \* .* v1 .* v1$/m);
    expect(stdout).toMatch(/^ {2}team-a .* \/team-a +2d 23h left/m);
  });

  it('shows one with what is in force, from where, and who needs it; named either way', async () => {
    const [running, stopped] = await stoppedOrNot(() =>
      app.json<EnvironmentShowResult>('env', 'show', 'team-a'),
    );
    expect(stopped.values).toEqual(running.values);
    expect(running).toMatchObject({
      kind: 'env show',
      name: 'team-a',
      lineage: ['team-a', 'dev'],
      ttl: '72h',
    });
    expect(running.values).toMatchObject([
      {
        name: 'GREETING',
        value: 'Hello',
        origin: 'team-a',
        overrides: { value: 'Hi', origin: 'dev' },
        unused: false,
      },
      { name: 'OLD', value: 'x', origin: 'dev', unused: true },
      { name: 'SPARE', of: 'secret', origin: 'team-a', unused: true },
      {
        name: 'THEME',
        value: 'light',
        origin: 'dev',
        declaredBy: [],
        declaredElsewhere: [{ component: 'ui', as: 'process', versions: ['v1'] }],
      },
    ]);
    expect(await app.json('env', 'show', '-e', 'team-a')).toMatchObject({ name: 'team-a' });
    const { stdout } = await app.fox('env', 'show', 'team-a', '--origin');
    expect(stdout).toMatch(
      /^GREETING +Hello +string +team-a +dev: Hi +nobody here; elsewhere greeter \(v1; per request\)$/m,
    );
    expect(stdout).toMatch(/^SPARE +•••• {2}fingerprint [0-9a-f]{8} +secret +team-a +- +nobody: unused$/m);
  });

  it('compares two, and ends well whether they differ or not', async () => {
    const diff = await app.json<EnvironmentDiffResult>('env', 'diff', 'team-a', 'team-b');
    expect(diff).toMatchObject({ kind: 'env diff', same: false });
    expect(diff.values.filter(({ equal }) => !equal).map(({ name }) => name)).toEqual([
      'GREETING',
      'PAGE',
      'SPARE',
    ]);
    expect(await app.fox('env', 'diff', 'dev', 'dev')).toMatchObject({
      code: 0,
      stdout: 'dev and dev have the same values and settings\n',
    });
  });

  it('never shows what a secret is, in whatever format', async () => {
    for (const format of ['text', 'json', 'yaml']) {
      for (const words of [['list'], ['show', 'team-a', '--origin'], ['diff', 'team-a', 'dev']]) {
        const { code, stdout, stderr } = await app.fox('env', ...words, '-o', format, '--verbose');
        expect([words, code]).toEqual([words, 0]);
        expect(stdout + stderr).not.toContain(secret);
        expect(stdout + stderr).not.toContain(Buffer.from(secret).toString('base64'));
      }
    }
  });

  it('refuses names that there are not, with near ones', async () => {
    expect(flaws(await app.fox('env', 'show', 'team-c'), 2, 'team-c', 'Did you mean')).toEqual([]);
    expect(flaws(await app.fox('env', 'diff', 'dev', 'nope'), 2, 'nope', 'team-a')).toEqual([]);
    expect(flaws(await app.fox('env', 'show'), 2, 'no virtual environment is named')).toEqual([]);
    expect(flaws(await app.fox('env', 'show', 'dev', '-e', 'team-a'), 2, 'two different names')).toEqual([]);
  });

  it('marks what somebody has broken by another tool, and still compares it', async () => {
    await app.json('env', 'apply', '--name', 'base');
    await app.json('env', 'apply', '--name', 'orphan', '--from', 'base');
    const { client, close } = await clusterOf(app);
    await client.delete('configmaps', 'fox-env-base');
    close();
    const { items } = await app.json<EnvironmentListResult>('env', 'list');
    expect(items.find(({ name }) => name === 'orphan')?.broken).toBe("its parent base doesn't exist");
    expect((await app.fox('env', 'list')).stdout).toContain(
      "orphan can't be used: its parent base doesn't exist",
    );
    expect((await app.fox('env', 'show', 'orphan')).stdout).toContain('`fox env set -e orphan --no-parent`');
    const diff = await app.json<EnvironmentDiffResult>('env', 'diff', 'orphan', 'dev');
    expect(diff.one).toMatchObject({ broken: "its parent base doesn't exist" });
    await app.json('env', 'set', '-e', 'orphan', '--no-parent');
    await app.json('env', 'delete', 'orphan');
  });
});

describe('the plan for another environment', () => {
  it('names what runs for it alone, why, and what that costs; a deploy makes exactly that', async () => {
    const plan = await app.json<PlanResult>('plan', 'v1', '-e', 'team-b');
    const instead = { version: 'v1', environment: 'dev' };
    expect(Object.fromEntries(plan.components.map(({ name, fork }) => [name, fork]))).toEqual({
      ui: { because: 'environment', names: ['greeter'], instead, pods: 1 },
      api: { because: 'own', names: ['PAGE'], instead, pods: 1 },
      greeter: undefined,
      worker: { because: 'callee', names: ['api'], instead, pods: 2 },
    });
    expect(plan).toMatchObject({ forks: { workloads: 3, pods: 4 }, workloads: { create: 3, keep: 4 } });
    const { stdout } = await app.fox('plan', 'v1', '-e', 'team-b');
    expect(stdout).toMatch(/^api +reuse +apart from dev: PAGE has another value$/m);
    expect(stdout).toContain('For team-b alone: ui, api, worker (4 pods)');
    expect(stdout).toContain('`forwardsContext: true` on ui, worker would spare 3 pods');
    const deployed = await app.json<DeployResult>('deploy', 'v1', '-e', 'team-b');
    expect(deployed.pods.after - deployed.pods.before).toBe(4);
    const again = await app.json<PlanResult>('plan', 'v1', '-e', 'team-b');
    expect(again).toMatchObject({ forks: { workloads: 3, pods: 4 }, workloads: { create: 0, keep: 7 } });
    expect((await app.json<PlanResult>('plan', 'v1')).forks).toEqual({ workloads: 3, pods: 4 });
  });
});

describe('validating', () => {
  afterEach(async () => configure());

  it('lists everything that is missing or does not fit, and what nobody needs', async () => {
    await configure({ NEED: { required: true }, OLD: { type: 'number' } });
    const ended = await app.fox('validate', '-e', 'team-a', '-e', 'dev', '-o', 'json');
    expect(ended.code).toBe(2);
    const { valid, environments } = JSON.parse(ended.stdout) as ValidateResult;
    expect(valid).toBe(false);
    expect(environments.map(({ name }) => name)).toEqual(['team-a', 'dev']);
    expect(environments[0]?.problems.map(({ path, what }) => [path, what])).toEqual([
      ['components.ui.env.NEED', 'missing'],
      ['components.ui.env.OLD', 'unfit'],
    ]);
    expect(environments[0]?.unused).toEqual([
      { of: 'secret', name: 'SPARE', path: 'secrets.SPARE', origin: 'team-a' },
    ]);
    expect(JSON.parse(ended.stderr)).toMatchObject({ code: 'CONFIG_INVALID' });
    const text = await app.fox('validate', '--all-envs');
    expect(text.stdout).toContain('components.ui.env.NEED is required but has no value');
    expect(text.stderr).toContain('fox env set -e dev NEED=…');
    // What is committed has no such needs.
    expect(await app.json<ValidateResult>('validate', '-e', 'team-a', '--commit', 'HEAD')).toMatchObject({
      valid: true,
    });
  });

  it('takes files instead of a cluster', async () => {
    await configure({ NEED: { required: true } });
    const elsewhere = { env: { FOX_HOME: sandbox.path('no-cluster') }, cwd: app.cwd };
    const ended = await sandbox.fox('validate -f environments', elsewhere);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain('components.ui.env.NEED is required but has no value');
    await configure();
    expect((await sandbox.fox('validate -f environments -e team-b', elsewhere)).code).toBe(0);
    await expect(stat(sandbox.path('no-cluster', 'cluster'))).rejects.toThrow('ENOENT');
    const unknown = await sandbox.fox('validate -f environments -e team-c', elsewhere);
    expect(flaws(unknown, 2, 'team-c', 'team-a')).toEqual([]);
  });
});

describe('editing', () => {
  /** What a terminal shows. */
  class Screen extends Writable {
    readonly isTTY = true;
    text = '';

    override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
      this.text += chunk.toString('utf8');
      done();
    }
  }

  /** Runs `fox env edit` at a terminal whose editor is a shell script: it is given the file as $1, and how often it was opened as $n. */
  async function edit(name: string, script: string, ...words: string[]) {
    const [count, seen, editor] = ['count', 'seen', 'editor.sh'].map((each) =>
      sandbox.path(`${name}-${each}`),
    );
    await sandbox.write(
      `${name}-editor.sh`,
      `n=$(($(cat '${count}' 2>/dev/null || echo 0) + 1)); echo $n > '${count}'; stat -c %a "$2" >> '${seen}-modes' 2>/dev/null; cp "$2" '${seen}'; file="$2"\n${script}\n`,
    );
    const [stdout, stderr] = [new Screen(), new Screen()];
    const code = await main(['env', 'edit', ...words, '-o', 'json', '--timeout', '60s'], {
      cwd: sandbox.path(app.cwd),
      // With an argument, as `code --wait` has one.
      env: { ...plainEnvironment, VISUAL: `sh '${editor}' --wait`, EDITOR: 'false' },
      stdin: Object.assign(new PassThrough(), { isTTY: true }) as unknown as NodeJS.ReadStream,
      stdout: stdout as unknown as NodeJS.WriteStream,
      stderr: stderr as unknown as NodeJS.WriteStream,
      signal: new AbortController().signal,
    });
    return { code, stdout: stdout.text, stderr: stderr.text, seen: seen ?? '', count: count ?? '' };
  }

  it('applies what was edited, keeps secrets, and leaves no file behind', async () => {
    await app.json('env', 'apply', '--name', 'edited', '--from', 'team-a', '--ttl', '7d');
    await app.json('env', 'set', '-e', 'edited', 'SHOWN=yes', 'GONE=x');
    await app.write('secret', secret);
    await app.json('env', 'set', '-e', 'edited', '--secret', 'KEPT', '--from-file', 'secret');
    const before = await app.json<EnvironmentShowResult>('env', 'show', 'edited');
    const ended = await edit(
      'apply',
      `sed -i 's/SHOWN: .*/SHOWN: "no"/; /GONE/d' "$file"; echo "$file" > "$0.path"`,
      'edited',
    );
    expect(ended.code).toBe(0);
    expect((JSON.parse(ended.stdout) as EnvironmentChangeResult).environments).toMatchObject([
      {
        name: 'edited',
        action: 'changed',
        changes: [{ name: 'vars.SHOWN', before: 'yes', after: 'no' }, { name: 'vars.GONE' }],
      },
    ]);
    const { values, expiresAt } = await app.json<EnvironmentShowResult>('env', 'show', 'edited');
    expect(expiresAt).toBe(before.expiresAt);
    expect(values.map(({ name }) => name)).toEqual(['GREETING', 'KEPT', 'OLD', 'SHOWN', 'SPARE', 'THEME']);
    const text = await readFile(ended.seen, 'utf8');
    expect(text).toContain('#   THEME: "light"');
    expect(text).not.toContain(secret);
    expect((await readFile(`${ended.seen}-modes`, 'utf8')).trim()).toBe('600');
    const path = (await readFile(sandbox.path('apply-editor.sh.path'), 'utf8')).trim();
    expect(dirname(dirname(path))).toBe(tmpdir());
    await expect(stat(dirname(path))).rejects.toThrow('ENOENT');
  });

  it('opens again with what is wrong, until it is right', async () => {
    await app.json('env', 'apply', '--name', 'mended', '--from', 'dev');
    const script = `case $n in
1) echo 'policy: wild' >> "$file" ;;
2) cp "$file" "$0.second"; sed -i 's/^policy: wild/parent: nope/; s/^parent: dev//' "$file" ;;
3) cp "$file" "$0.third"; sed -i 's/^parent: nope/policy: stable/' "$file" ;;
esac`;
    const ended = await edit('mend', script, 'mended');
    expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
    expect(await app.json('env', 'show', 'mended')).toMatchObject({ lineage: ['mended'], policy: 'stable' });
    expect(await readFile(sandbox.path('mend-editor.sh.second'), 'utf8')).toMatch(
      /^#! .*\n[^]*policy: must be one of testing, stable/,
    );
    expect(await readFile(sandbox.path('mend-editor.sh.third'), 'utf8')).toMatch(/^#! [^]*nope/);
  });

  it('ends with the problem, and keeps the text, where it is left as it is', async () => {
    await app.json('env', 'apply', '--name', 'given-up');
    const ended = await edit('give-up', `[ $n = 1 ] && echo 'policy: wild' >> "$file"; true`, 'given-up');
    expect(ended.code).toBe(2);
    const { details, hints } = JSON.parse(ended.stderr) as { details: string[]; hints: string[] };
    expect(details.join()).toContain('policy');
    const [, path = ''] = /Your text is in (\S+):/.exec(hints.join('\n')) ?? [];
    expect(await readFile(path, 'utf8')).toContain('policy: wild');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await sandbox.run('rm', ['-r', dirname(path)]);
  });

  it('changes nothing where nothing was edited, or nothing is left', async () => {
    const same = await edit('same', 'true', 'team-b');
    expect([same.code, JSON.parse(same.stdout)]).toMatchObject([
      0,
      { kind: 'env edit', environments: [{ action: 'unchanged' }] },
    ]);
    const before = await valuesOf('team-b');
    const emptied = await edit('empty', ': > "$file"', '-e', 'team-b');
    expect([emptied.code, JSON.parse(emptied.stderr)]).toMatchObject([130, { code: 'CANCELLED' }]);
    expect(await valuesOf('team-b')).toEqual(before);
    const failed = await edit('fail', 'exit 3', 'team-b');
    expect([failed.code, JSON.parse(failed.stderr)]).toMatchObject([
      2,
      { message: expect.stringContaining('the editor failed') },
    ]);
  });

  it('tells what somebody else has changed meanwhile, and keeps the text', async () => {
    await app.json('env', 'apply', '--name', 'raced');
    const other = `'${process.execPath}' '${program}' env set -e raced THEIRS=1 --quiet >/dev/null 2>&1`;
    const ended = await edit('race', `${other}; echo 'policy: stable' >> "$file"`, 'raced');
    expect(ended.code).toBe(5);
    const error = JSON.parse(ended.stderr) as { code: string; details: string[]; hints: string[] };
    expect(error).toMatchObject({ code: 'CONFLICT', details: ['vars.THEIRS'] });
    const [, path = ''] =
      /Your text is in (\S+): `fox env edit raced` again/.exec(error.hints.join('\n')) ?? [];
    expect(error.hints.join()).not.toContain('env apply');
    expect(await readFile(path, 'utf8')).toContain('policy: stable');
    await sandbox.run('rm', ['-r', dirname(path)]);
    expect(await app.json('env', 'show', 'raced')).toMatchObject({
      policy: 'testing',
      values: [{ name: 'THEIRS', value: 1 }],
    });
  });

  it('runs an editor that is named without a terminal, too: once, whatever comes of it', async () => {
    await app.json('env', 'apply', '--name', 'piped');
    const append = async (text: string) =>
      sandbox.fox('env edit piped', {
        cwd: app.cwd,
        env: { ...plainEnvironment, EDITOR: `sh -c 'echo "${text}" >> "$1"' sh` },
      });
    expect(await append('policy: stable')).toMatchObject({ code: 0 });
    expect(await app.json('env', 'show', 'piped')).toMatchObject({ policy: 'stable' });
    const refused = await append('subPath: a/b');
    expect(refused.code).toBe(2);
    const [, path = ''] = /Your text is in (\S+):/.exec(refused.stderr) ?? [];
    expect((await readFile(path, 'utf8')).match(/a\/b/g)).toHaveLength(1);
    await sandbox.run('rm', ['-r', dirname(path)]);
  });

  it('is refused where nobody can edit, with what to do instead', async () => {
    expect(
      flaws(
        await app.fox('env', 'edit', 'team-b'),
        2,
        'no terminal',
        'fox env set -e team-b',
        'fox env apply -f',
      ),
    ).toEqual([]);
  });
});
