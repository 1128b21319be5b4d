// Command lines that can't be understood, and options wherever they may stand.
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/program.ts';
import { inDirectory, run } from './run-main.ts';

/** What a command line means. */
function parse(line: string, env: Record<string, string> = {}) {
  const parsed = parseCommandLine(line.split(' '), '1', { env, write: () => undefined });
  return parsed === undefined ? undefined : { name: parsed.definition.name, ...parsed.input };
}

describe('a command line that makes no sense', () => {
  it.each([
    ['deplyo', "unknown command 'deplyo'", 'fox deploy'],
    ['help stauts', "unknown command 'stauts'", 'fox status'],
    ['cluster strat', "unknown command 'strat'", 'fox cluster start'],
    ['evn', "unknown command 'evn'", 'fox env'],
    ['deploy --virtal-env=x', "unknown option '--virtal-env=x'", '--virtual-env'],
    ['cluster start --prot 1', "unknown option '--prot'", '--port'],
  ])('%s: is refused with a guess', async (line, message, guess) => {
    const { code, stdout, stderr } = await run(line.split(' '));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`Error: ${message}\n→ Did you mean \`${guess}\`?\n`);
  });

  it.each(['-o json deplyo', 'evn -ojson', 'env set dev --parnt x -o json', 'deploy v1 v2 --output=json'])(
    '%s: is refused in the format that was asked for',
    async (line) => {
      const { code, stdout, stderr } = await run(line.split(' '));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(JSON.parse(stderr)).toMatchObject({ code: 'USAGE' });
    },
  );

  it.each<[string, Record<string, string>]>([
    ['deplyo', { FOX_OUTPUT: 'json' }],
    ['status -o xml', { FOX_OUTPUT: 'json' }],
  ])('%s: is refused as FOX_OUTPUT says', async (line, env) => {
    expect(JSON.parse((await run(line.split(' '), { env })).stderr)).toMatchObject({ code: 'USAGE' });
  });

  it.each([
    ['cluster', 'a command is missing'],
    ['release', "missing required argument 'version'"],
    ['status v1 extra', "too many arguments for 'status'"],
    ['deploy v1 v2', "too many arguments for 'deploy'"],
    ['status -o xml', 'Allowed choices are text, json, yaml'],
    ['deploy v1 --version v2', 'two different names were given: "v1" and --version "v2"'],
    ['deploy --timeout soon', '"soon" is no duration. Write 30s, 5m or 1h'],
    ['deploy --timeout 0s', '"0s" is no duration'],
    ['deploy --timeout 25h', '"25h" is no duration'],
    ['logs web --tail many', '"many" is not a whole number'],
    ['proxy abc', '"abc" is no port: ports are 1 to 65535, 0 is any free one'],
    ['proxy 65536', '"65536" is no port'],
    ['cluster start --port 70000', '70000 is no port: ports are 1 to 65535'],
    ['cluster start --edge-port 0', '0 is no port'],
    ['install --replicas 0', 'at least one router is needed. `fox uninstall --router-only`'],
    ['install --external-url foo', '"foo" is no base URL'],
    ['install --external-url ftp://host', '"ftp://host" is no base URL'],
    ['install --router-image :::', '":::" is not an image reference'],
    ['install --base A:b:c', 'is not an image reference'],
    ['install --ingress not_a_host!', '"not_a_host!" can\'t be the name of a host'],
    ['install --ingress 10.0.0.1', '"10.0.0.1" can\'t be the name of a host'],
    ['install --hostname https://x.example.com', "can't be the name of a host"],
    ['install --gateway a/b/c', '"a/b/c" can\'t be the name of a Gateway'],
    ['init --template nope', 'Allowed choices are minimal, order-app'],
  ])('%s: is refused', async (line, message) => {
    const { code, stdout, stderr } = await run(line.split(' '));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Error: /);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('options', () => {
  it.each([
    [
      'install --replicas 3 --ingress *.example.com --gateway infra/main --hostname a.example.com',
      { replicas: 3, ingress: '*.example.com', gateway: 'infra/main', hostname: 'a.example.com' },
    ],
    [
      'install --external-url https://orders.example.com:8443/ --router-image localhost:5000/r:1',
      { externalUrl: 'https://orders.example.com:8443', routerImage: 'localhost:5000/r:1' },
    ],
  ])('%s: is understood', (line, expected) => {
    expect(parse(line)).toEqual({ name: 'install', ...expected });
  });

  it('mean the same before and behind the command', () => {
    const expected = { name: 'status', output: 'json', app: 'shop', timeout: 90_000, quiet: true };
    expect(parse('status -o json --app shop --timeout 90s --quiet')).toEqual(expected);
    expect(parse('-o json --app shop --timeout 90s --quiet status')).toEqual(expected);
    expect(parse('--app shop --quiet status --output=json --timeout 1.5m')).toEqual(expected);
  });

  it('count more behind the command than before it', () => {
    expect(parse('-o yaml status -o json')).toMatchObject({ output: 'json' });
  });

  it('name a version as the argument does', () => {
    expect(parse('deploy v2')).toEqual(parse('deploy --version v2'));
    expect(parse('deploy v2 --version v2')).toMatchObject({ version: 'v2' });
  });

  it('have twins in the environment', () => {
    const env = { FOX_VIRTUAL_ENV: 'team-a', FOX_OUTPUT: 'json', FOX_TIMEOUT: '5s', FOX_NO_COLOR: '1' };
    expect(parse('release v1', env)).toEqual({
      name: 'release',
      version: 'v1',
      virtualEnv: 'team-a',
      output: 'json',
      timeout: 5_000,
      color: false,
    });
  });

  it('count more when they are typed than in the environment', () => {
    const env = { FOX_VIRTUAL_ENV: 'team-a', FOX_OUTPUT: 'json' };
    expect(parse('release v1 -e team-b', env)).toMatchObject({ virtualEnv: 'team-b', output: 'json' });
    expect(parse('-o yaml release v1', env)).toMatchObject({ output: 'yaml' });
  });

  it.each(['', '0', 'false', 'no', 'off', 'False'])('are off in the environment as %j', (value) => {
    expect(parse('deploy', { FOX_DIRTY: value, FOX_QUIET: value, FOX_NO_COLOR: value })).toEqual({
      name: 'deploy',
    });
  });

  it('never take the name of a version from the environment', () => {
    expect(parse('deploy', { FOX_VERSION: '1.2.3' })).toEqual({ name: 'deploy' });
  });

  it('of what one command is about are only typed', () => {
    const env = { FOX_SECRET: 'hunter2', FOX_SECRETS: 'x', FOX_NAME: 'x', FOX_FILE: 'x' };
    expect(parse('env set team-a A=1', env)).not.toMatchObject({ secret: expect.anything() });
    expect(JSON.stringify(parse('env apply -f environments', env))).not.toContain('"x"');
  });

  it.each([
    [{ FOX_OUTPUT: 'xml' }, 'FOX_OUTPUT is "xml"; allowed are text, json, yaml'],
    [{ FOX_TIMEOUT: 'soon' }, 'FOX_TIMEOUT: "soon" is no duration'],
  ])('are checked in the environment: %j', async (env, message) => {
    const { code, stderr } = await run(['status'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('are all known where they have no meaning', async () => {
    await inDirectory(async (cwd) => {
      const { code, stderr } = await run(['status', '--app', 'x', '--timeout', '1s', '--verbose'], { cwd });
      expect(code).toBe(3);
      expect(stderr).toContain('git');
    });
  });
});
