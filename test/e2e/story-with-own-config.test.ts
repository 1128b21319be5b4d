// The story in a repository whose config its user has changed: each step writes its own files, and nothing that is the user's.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { Sandbox } from './sandbox.ts';

const cwd = 'shop';
let sandbox: Sandbox;

const read = async (path: string) => readFile(sandbox.path(cwd, path), 'utf8');

describe('the story with a config of one’s own', { sequential: true, shuffle: false }, () => {
  beforeAll(async () => {
    sandbox = await Sandbox.create();
    await sandbox.fox('init shop --template order-app');
    const config = await read('fox.config.yaml');
    await sandbox.write(
      'shop/fox.config.yaml',
      `# Ours.\n${config.replaceAll('node:24-slim', 'base/node:20')}\ncluster: { context: kind-dev, namespace: shop }\nregistry: registry.example.com/shop\n`,
    );
    await sandbox.write('shop/README.md', 'ours\n');
    await sandbox.git(['commit', '--quiet', '--all', '--message', 'Our cluster'], cwd);
  });
  afterAll(async () => sandbox.remove());

  it('gets v2 as one file', async () => {
    expect(await sandbox.fox('init --template order-app/v2', { cwd })).toMatchObject({ code: 0 });
    expect(await sandbox.git(['status', '--porcelain'], cwd)).toBe(' M components/api-server/server.js\n');
    await sandbox.git(['commit', '--quiet', '--all', '--message', 'v2'], cwd);
  });

  it('gets v3 with the new component in its own config', async () => {
    expect(await sandbox.fox('init --template order-app/v3', { cwd })).toMatchObject({ code: 0 });
    expect(await sandbox.git(['status', '--porcelain'], cwd)).toBe(
      [
        ' M components/order-ui/page.js',
        ' M components/order-ui/server.js',
        ' M fox.config.yaml',
        '?? components/review/',
        '',
      ].join('\n'),
    );
    const text = await read('fox.config.yaml');
    expect(text).toMatch(/^# Ours\.\n/);
    expect(parse(text)).toMatchObject({
      cluster: { context: 'kind-dev', namespace: 'shop' },
      registry: 'registry.example.com/shop',
      components: {
        'order-ui': { calls: ['api-server', 'review'] },
        review: { path: 'components/review', build: { base: 'base/node:20' } },
      },
      modules: { 'web-ui': ['order-ui', 'api-server', 'review'] },
    });
    expect((await sandbox.fox('validate', { cwd })).code).toBe(0);
    expect(await read('README.md')).toBe('ours\n');
    await sandbox.git(['add', '--all'], cwd);
    await sandbox.git(['commit', '--quiet', '--message', 'v3'], cwd);
    expect((await sandbox.fox('init --template order-app/v3', { cwd })).stdout).toContain('all files');
    expect(await sandbox.git(['status', '--porcelain'], cwd)).toBe('');
  });

  it('is refused a step only where it changes what the user has changed, and told how to go on', async () => {
    await sandbox.write('shop/components/api-server/server.js', '// ours\n');
    const ended = await sandbox.fox('init --template order-app/v2', { cwd });
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toContain('components/api-server/server.js');
    expect(ended.stderr).not.toContain('fox.config.yaml');
    expect(ended.stderr).toContain('git checkout <commit> -- <file>');
    expect(await read('components/api-server/server.js')).toBe('// ours\n');
  });

  it('names where the config leaves no place for a step', async () => {
    const config = await read('fox.config.yaml');
    await sandbox.write('shop/fox.config.yaml', config.replace(/^ +calls: \[api-server, review\].*$/m, ''));
    const ended = await sandbox.fox('init --template order-app/v3', { cwd });
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toContain('fox.config.yaml, at components.order-ui.calls');
  });
});

it('calls the minimal app by its directory', async () => {
  const place = await Sandbox.create();
  onTestFinished(() => place.remove());
  await place.fox('init our-site');
  expect(await readFile(place.path('our-site/README.md'), 'utf8')).toMatch(/^# our-site\n/);
});
