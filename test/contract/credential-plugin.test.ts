// Credential plugins of kubeconfigs, as real programs.
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterChoice, chooseKubernetes } from '../../src/cluster/connection/choose-cluster.ts';
import type { Connection } from '../../src/cluster/api/transport.ts';
import { KubeconfigHome, kubeconfig } from '../unit/cluster/connection/kubeconfig-home.ts';
import { base64, makeAuthority } from '../unit/cluster/connection/test-authority.ts';

const apiVersion = 'client.authentication.k8s.io/v1';

let home: KubeconfigHome;
beforeEach(async () => {
  home = await KubeconfigHome.create();
});
afterEach(async () => home.remove());

/** A connection whose user has a plugin: Node code that may use `answer(status)`; each run adds a line to `runs`. */
async function connectionWith(
  source: string,
  {
    exec = {},
    cluster = {},
    choice = {},
  }: { exec?: object; cluster?: object; choice?: Partial<ClusterChoice> } = {},
): Promise<Connection> {
  const begin = `#!${process.execPath}
const { appendFileSync, readFileSync } = require('fs');
const runs = ${JSON.stringify(home.path('runs'))};
appendFileSync(runs, process.argv.slice(2).join(' ') + '\\n');
const count = readFileSync(runs, 'utf8').trim().split('\\n').length;
const answer = (status, more = {}) =>
  console.log(JSON.stringify({ apiVersion: ${JSON.stringify(apiVersion)}, kind: 'ExecCredential', status, ...more }));
`;
  await home.write('bin/plugin', begin + source, 0o700);
  const user = { exec: { apiVersion, command: './bin/plugin', args: ['get', 'token'], env: null, ...exec } };
  const path = await home.write('config', kubeconfig({ server: 'https://127.0.0.1:1', ...cluster }, user));
  const env = { KUBECONFIG: path, PATH: process.env['PATH'], ...choice.env };
  return (await chooseKubernetes({ ...choice, env })).connection;
}

async function runs(): Promise<string[]> {
  return (await readFile(home.path('runs'), 'utf8')).trim().split('\n');
}

const inAnHour = 'new Date(Date.now() + 3600e3).toISOString()';

describe('a credential plugin', () => {
  it.each([
    ['for good', ''],
    ['as long as it says', `, expirationTimestamp: ${inAnHour}`],
  ])('is asked once, by many requests at once, and its token kept %s', async (_, expiry) => {
    const connection = await connectionWith(`answer({ token: 'token-' + count${expiry} })`);
    const all = await Promise.all([1, 2, 3].map(async () => connection.options()));
    expect([...all, await connection.options()]).toEqual(
      Array.from({ length: 4 }, () => ({ headers: { authorization: 'Bearer token-1' } })),
    );
    expect(await runs()).toEqual(['get token']);
  });

  it('is asked again when its token has expired', async () => {
    const connection = await connectionWith(
      "answer({ token: 'token-' + count, expirationTimestamp: count > 1 ? undefined : '2020-01-01T00:00:00Z' })",
    );
    await connection.options();
    const all = await Promise.all([1, 2, 3].map(async () => connection.options()));
    expect(new Set(all.map(({ headers }) => headers?.['authorization']))).toEqual(
      new Set(['Bearer token-2']),
    );
    expect(await runs()).toHaveLength(2);
  });

  it('is asked again, once for all, when the cluster refused its token', async () => {
    const connection = await connectionWith("answer({ token: 'token-' + count })");
    const refused = await connection.options();
    expect(connection.renew?.(refused)).toBe(true);
    expect(await connection.options()).toEqual({ headers: { authorization: 'Bearer token-2' } });
    expect(connection.renew?.(refused)).toBe(true);
    expect(await connection.options()).toEqual({ headers: { authorization: 'Bearer token-2' } });
  });

  it('may answer a certificate', async () => {
    const { cert, key } = await (await makeAuthority()).sign({ name: 'me' });
    const status = { clientCertificateData: cert, clientKeyData: key };
    const connection = await connectionWith(`answer(${JSON.stringify(status)})`);
    expect(await connection.options()).toEqual({ cert, key, headers: {} });
  });

  it('gets its own variables and, if it wants that, the cluster', async () => {
    const { ca } = await makeAuthority();
    const cluster = {
      'certificate-authority-data': base64(ca),
      'tls-server-name': 'name',
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
    };
    const exec = { env: [{ name: 'MINE', value: 'yes' }], provideClusterInfo: true };
    const connection = await connectionWith(
      "answer({ token: Buffer.from(process.env.MINE + process.env.KUBERNETES_EXEC_INFO).toString('base64') })",
      { exec, cluster },
    );
    const token = String((await connection.options()).headers?.['authorization']).replace('Bearer ', '');
    const text = Buffer.from(token, 'base64').toString('utf8');
    expect(text.slice(0, 3)).toBe('yes');
    expect(JSON.parse(text.slice(3))).toEqual({
      apiVersion,
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: 'https://127.0.0.1:1',
          'certificate-authority-data': base64(ca),
          'tls-server-name': 'name',
          'insecure-skip-tls-verify': false,
          config: { audience: 'x' },
        },
      },
    });
  });

  it('is found on the PATH by its bare name', async () => {
    const choice = { env: { PATH: `${home.path('bin')}:${process.env['PATH']}` } };
    const connection = await connectionWith("answer({ token: 'abc' })", {
      exec: { command: 'plugin' },
      choice,
    });
    expect(await connection.options()).toEqual({ headers: { authorization: 'Bearer abc' } });
  });

  it('is heard while it runs', async () => {
    const said: string[] = [];
    const choice = { say: (line: string) => void said.push(line) };
    const connection = await connectionWith("console.error('To sign in, open x'); answer({ token: 'abc' })", {
      choice,
    });
    await connection.options();
    expect(said).toEqual(['To sign in, open x']);
  });

  it.each([
    ['process.exit(3)', 'it ended with exit code 3'],
    ["process.kill(process.pid, 'SIGKILL')", 'it was ended by SIGKILL'],
    ["console.log('geheim')", 'it answered no ExecCredential'],
    ['console.log(null)', 'it answered no ExecCredential'],
    [
      "answer({ token: 'geheim' }, { apiVersion: 'client.authentication.k8s.io/v1beta1' })",
      'v1beta1 instead of',
    ],
    ["answer({ clientKeyData: 'geheim' })", 'a certificate without a key'],
    ['answer({})', 'neither a token nor a certificate'],
    ['answer()', 'neither a token nor a certificate'],
    ["answer({ clientCertificateData: 'geheim', clientKeyData: 'geheim' })", "can't be used: it is not PEM"],
  ])('that fails is named with what it said, never with its answer: %s', async (source, why) => {
    const connection = await connectionWith(`console.error('because'); ${source}`);
    const error: unknown = await Promise.resolve(connection.options()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'CLUSTER_UNAUTHORIZED', message: expect.stringContaining(why) });
    expect(String(error) + JSON.stringify(error)).not.toContain('geheim');
  });

  it('that fails is heard in the error', async () => {
    const connection = await connectionWith("console.error('because'); process.exit(1)");
    await expect(connection.options()).rejects.toMatchObject({ details: ['because'] });
  });

  it('that is missing is named with how to get it', async () => {
    const exec = { command: 'no-such-plugin', installHint: 'Get it at example.com' };
    const connection = await connectionWith('', { exec });
    await expect(connection.options()).rejects.toMatchObject({
      code: 'CLUSTER_UNAUTHORIZED',
      message: expect.stringContaining('there is no such program'),
      hints: ['Get it at example.com'],
    });
  });

  it('that must ask somebody needs somebody', async () => {
    const connection = await connectionWith("answer({ token: 'abc' })", {
      exec: { interactiveMode: 'Always' },
    });
    await expect(connection.options()).rejects.toMatchObject({
      message: expect.stringContaining('nobody is at a terminal'),
    });
  });

  it('ends when the command is cancelled', async () => {
    const controller = new AbortController();
    const choice = { signal: controller.signal, say: () => controller.abort(new Error('cancelled')) };
    const connection = await connectionWith("console.error('waiting'); setInterval(() => {}, 1e3)", {
      choice,
    });
    await expect(connection.options()).rejects.toMatchObject({
      message: expect.stringContaining('cancelled'),
    });
  });
});
