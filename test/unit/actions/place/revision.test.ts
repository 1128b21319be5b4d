// An app at a commit: its config there, what its components are made of, and what isn't committed.
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRevision, refuseUncommitted, type Revision } from '../../../../src/actions/place/revision.ts';
import type { RevisionOptions } from '../../../../src/actions/place/version-name.ts';
import type { Workspace } from '../../../../src/actions/place/workspace.ts';
import { locationOf } from '../../../../src/config/locate-config.ts';
import { commit, open, repositoryWith, run, temporaryDirectory, write } from '../../source/fixture.ts';

const config = `app: shop
components:
  web: { path: web, command: [node, server.js], shared: [lock.json], calls: [api], routes: ["PathPrefix(\`/\`)"], replicas: 2 }
  api: { path: api, command: [node, server.js], port: 99, health: { path: /ok } }
modules: { all: [web, api] }
`;
const files = {
  'fox.config.yaml': config,
  'web/server.js': 'web',
  'api/server.js': 'api',
  'lock.json': '{}',
  'README.md': '',
};

async function revisionAt(
  directory: string,
  options: RevisionOptions = {},
  file = 'fox.config.yaml',
): Promise<Revision> {
  const workspace: Workspace = {
    repository: await open(directory),
    location: locationOf(file),
    app: 'shop',
    defaultEnvironment: 'default',
    settings: {},
    target: { kind: 'embedded' },
    home: join(await temporaryDirectory(), 'none'),
  };
  const context = {
    cwd: directory,
    env: {},
    emit: () => undefined,
    signal: new AbortController().signal,
    now: () => new Date(0),
    newId: () => 'id',
    user: 'jane@laptop',
    installation: directory,
  };
  return readRevision(workspace, options, context);
}

/** Names of components whose source hash differs. */
function changed(a: Revision, b: Revision): string[] {
  return Object.keys(b.manifest.components).filter(
    (name) => a.manifest.components[name]?.sourceHash !== b.manifest.components[name]?.sourceHash,
  );
}

describe('the manifest', () => {
  test('says what the config and git say', async () => {
    const directory = await repositoryWith(files);
    const { manifest, commit: id, treeish } = await revisionAt(directory, { version: 'v1' });
    expect(id).toBe(await run(directory, 'rev-parse', 'HEAD'));
    expect(treeish).toBe(id);
    expect(manifest).toMatchObject({
      format: 1,
      app: 'shop',
      version: 'v1',
      commit: id,
      mutable: false,
      dirty: false,
    });
    expect(manifest.components['web']).toEqual({
      sourceHash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      templateHash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      image: '',
      tree: await run(directory, 'rev-parse', 'HEAD:web'),
      template: { command: ['node', 'server.js'], port: 8080, calls: ['api'], env: {} },
      routes: [{ rule: 'PathPrefix(`/`)' }],
      forwardsContext: false,
      replicas: 2,
      modules: ['all'],
    });
    expect(manifest.components['api']?.template).toMatchObject({ port: 99, healthPath: '/ok' });
  });

  test('has source hashes that follow content, paths and build alone', async () => {
    const directory = await repositoryWith(files);
    const first = await revisionAt(directory);
    const change = async (more: Parameters<typeof write>[1]) => {
      await commit(directory, { ...files, ...more });
      return changed(first, await revisionAt(directory));
    };
    expect(await change({ 'README.md': 'x' })).toEqual([]);
    expect(await change({ 'web/server.js': 'x' })).toEqual(['web']);
    expect(await change({ 'lock.json': 'x' })).toEqual(['web']);
    await chmod(join(directory, 'lock.json'), 0o755);
    expect(await change({ 'lock.json': { executable: '{}' } })).toEqual(['web']);
    expect(
      await change({
        'fox.config.yaml': config.replace('port: 99', 'port: 98').replace('replicas: 2', 'replicas: 3'),
      }),
    ).toEqual([]);
    expect(
      await change({ 'fox.config.yaml': config.replace('path: api', 'build: { command: make }, path: api') }),
    ).toEqual(['api']);
    expect(
      await change({ 'fox.config.yaml': config.replace('path: api', 'path: api2'), 'api2/server.js': 'api' }),
    ).toEqual(['api']);
    expect(await change({})).toEqual([]);
  });

  test('is that of another commit without touching the work tree', async () => {
    const directory = await repositoryWith(files);
    const first = await revisionAt(directory);
    await commit(directory, {
      'web/server.js': 'later',
      'fox.config.yaml': config.replace('replicas: 2', 'replicas: 3'),
    });
    await write(directory, { 'web/server.js': 'not committed' });
    const again = await revisionAt(directory, { commit: 'HEAD~1', version: 'v1' });
    expect(again.manifest.components).toEqual(first.manifest.components);
    expect(await again.uncommitted).toEqual([]);
    await expect(refuseUncommitted(again)).resolves.toBeUndefined();
  });

  test('is of a config in a directory, with its paths from there', async () => {
    const directory = await repositoryWith({
      'apps/shop/fox.config.yaml':
        'app: shop\ncomponents:\n  web: { path: ., command: [x], shared: [../../lock.json] }\n',
      'apps/shop/x': '1',
      'lock.json': '{}',
    });
    const { manifest } = await revisionAt(directory, {}, 'apps/shop/fox.config.yaml');
    expect(manifest.components['web']?.tree).toBe(await run(directory, 'rev-parse', 'HEAD:apps/shop'));
  });

  test('is found under another name of the config, where the commit has that', async () => {
    const directory = await repositoryWith({
      ...files,
      'fox.config.yaml': 'x',
      'package.json': JSON.stringify({
        name: 'x',
        fox: { app: 'shop', components: { web: { path: 'web', command: ['x'] } } },
      }),
    });
    await run(directory, 'rm', '--quiet', 'fox.config.yaml');
    await commit(directory);
    expect(Object.keys((await revisionAt(directory)).app.components)).toEqual(['web']);
  });
});

describe('uncommitted files', () => {
  test("of the app's are named and refused; others don't matter", async () => {
    const directory = await repositoryWith(files);
    await write(directory, { 'README.md': 'changed', 'docs/x': '' });
    await expect(refuseUncommitted(await revisionAt(directory))).resolves.toBeUndefined();
    await write(directory, {
      'web/new.js': '',
      'lock.json': 'changed',
      'fox.config.yaml': `${config}# changed\n`,
    });
    const revision = await revisionAt(directory);
    await expect(refuseUncommitted(revision)).rejects.toMatchObject({
      code: 'DIRTY_TREE',
      exitCode: 5,
      message: '3 files have uncommitted changes that would be left out',
      details: ['fox.config.yaml', 'lock.json', 'web/new.js'],
    });
    expect(revision.manifest.components).toEqual(
      (await revisionAt(directory, { commit: 'HEAD', version: 'v1' })).manifest.components,
    );
  });

  test('are named up to twenty', async () => {
    const directory = await repositoryWith(files);
    await write(directory, Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`web/new${n}`, ''])));
    const error: unknown = await refuseUncommitted(await revisionAt(directory)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ details: expect.arrayContaining(['… and 5 more']) as unknown });
    expect((error as { details: string[] }).details).toHaveLength(21);
  });

  test('are taken along when asked for, the config included, in a version that is marked', async () => {
    const directory = await repositoryWith(files);
    const clean = await revisionAt(directory);
    await write(directory, {
      'api/new.js': 'new',
      'more/server.js': 'more',
      'fox.config.yaml': config.replace('modules:', '  more: { path: more, command: [x] }\nmodules:'),
    });
    const dirty = await revisionAt(directory, { dirty: true });
    expect(dirty.manifest).toMatchObject({
      version: 'main',
      mutable: true,
      dirty: true,
      commit: clean.commit,
    });
    expect(changed(clean, dirty)).toEqual(['api', 'more']);
    expect(await dirty.uncommitted).toEqual([]);
    await commit(directory);
    expect(changed(dirty, await revisionAt(directory))).toEqual([]);
  });

  test('and a commit exclude each other', async () => {
    const directory = await repositoryWith(files);
    await expect(revisionAt(directory, { dirty: true, commit: 'HEAD' })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});

describe('what is wrong with the commit', () => {
  test('no config, though the work tree has one', async () => {
    const directory = await repositoryWith({ x: '' });
    await write(directory, files);
    await expect(revisionAt(directory)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: "fox.config.yaml doesn't exist at HEAD",
      hints: [expect.stringContaining('git add fox.config.yaml'), expect.any(String)],
    });
  });

  test('a config with problems, however the work tree may be', async () => {
    const directory = await repositoryWith({ ...files, 'fox.config.yaml': 'app: shop\n' });
    await write(directory, files);
    await expect(revisionAt(directory)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: ['fox.config.yaml components: is missing; it must be a map'],
    });
  });

  test('every path that git does not have there, with its line', async () => {
    const inner = await repositoryWith({ x: '' });
    const directory = await repositoryWith({
      link: { link: 'web' },
      'web/x': '',
      file: '',
      'fox.config.yaml': `app: shop
components:
  gone: { path: services/gone, command: [x] }
  file: { path: file, command: [x] }
  link: { path: link, command: [x] }
  inner: { path: inner, command: [x] }
  shared:
    path: web
    command: [x]
    shared: [file, nowhere, inner]
`,
    });
    await run(directory, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'inner');
    await commit(directory);
    await expect(revisionAt(directory)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'fox.config.yaml has 6 problems',
      details: [
        'fox.config.yaml:3 components.gone.path: "services/gone" isn\'t in git at this commit',
        'fox.config.yaml:4 components.file.path: "file" is a file, not a directory',
        'fox.config.yaml:5 components.link.path: "link" is a link, not a directory',
        'fox.config.yaml:6 components.inner.path: "inner" is a git submodule: its content isn\'t part of this repository',
        'fox.config.yaml:10 components.shared.shared: "inner" is a git submodule: its content isn\'t part of this repository',
        'fox.config.yaml:10 components.shared.shared: "nowhere" isn\'t in git at this commit',
      ],
    });
  });
});
