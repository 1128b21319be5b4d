// The CI recipes that fox gives its users, run step by step as the CI systems would; npm is a stand-in.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeleteResult } from '../../src/actions/delete-version.ts';
import type { VersionsResult } from '../../src/actions/versions.ts';
import {
  type Contexts,
  type JobRun,
  jobsOf,
  makeMachine,
  pairs,
  type Pipeline,
  readPipeline,
  readWorkflow,
  runJob,
  runWorkflow,
  type Workflow,
} from './ci-runner.ts';
import { Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

const fromTarball = 'https://example.com/fox.tgz';

/** What a URL's component says its release is. */
async function releaseAt(url: string): Promise<string> {
  const response = await fetch(url);
  return ((await response.json()) as { release: string }).release;
}

async function namesOf(app: SmallApp): Promise<string[]> {
  return (await app.json<VersionsResult>('versions')).items.map(({ name }) => name);
}

/** Does something with a commit checked out as CI systems do: without a branch. */
async function detached<T>({ sandbox, cwd }: SmallApp, work: (sha: string) => Promise<T>): Promise<T> {
  const branch = (await sandbox.git(['symbolic-ref', '--short', 'HEAD'], cwd)).trim();
  await sandbox.git(['checkout', '--quiet', '--detach'], cwd);
  try {
    return await work((await sandbox.git(['rev-parse', 'HEAD'], cwd)).trim());
  } finally {
    await sandbox.git(['switch', '--quiet', branch], cwd);
  }
}

describe('on GitHub', () => {
  let sandbox: Sandbox;
  let app: SmallApp;
  let workflow: Workflow;
  let machine: { path: string; temporary: string };

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    machine = await makeMachine(sandbox);
    app = await SmallApp.create(sandbox, 'shop');
    await app.release('one');
    await app.json('init', '--ci', 'github');
    await app.commit('CI');
    workflow = await readWorkflow(sandbox.path('shop/.github/workflows/fox.yaml'));
  });
  afterEach(() => sandbox.remove('shop'));

  async function run(
    github: object,
    more: { inputs?: object; vars?: object; env?: Record<string, string> } = {},
  ): Promise<JobRun> {
    return detached(app, async (sha) => {
      const contexts: Contexts = {
        github: { repository: 'acme/shop', actor: 'ada', sha, event: {}, ...github },
        inputs: more.inputs ?? {},
        secrets: { KUBECONFIG: 'apiVersion: v1\nkind: Config', GITHUB_TOKEN: 'secret' },
        vars: more.vars ?? { FOX_PACKAGE: fromTarball },
      };
      const env = {
        CI: 'true',
        PATH: machine.path,
        RUNNER_TEMP: machine.temporary,
        GITHUB_SHA: sha,
        GITHUB_ACTOR: 'ada',
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_RUN_ID: '42',
        ...more.env,
      };
      return runWorkflow(sandbox, workflow, { cwd: 'shop', contexts, env });
    });
  }

  const push = async () => run({ event_name: 'push', ref: 'refs/heads/main' });

  const pullRequest = async (action: string, branch: string, repository = 'acme/shop') =>
    run(
      {
        event_name: 'pull_request',
        event: { action, pull_request: { number: 7, head: { sha: 'x', repo: { full_name: repository } } } },
      },
      { env: { GITHUB_HEAD_REF: branch } },
    );

  it('starts by what it says it starts by', () => {
    expect(Object.keys(workflow.on)).toEqual(['pull_request', 'push', 'workflow_dispatch']);
  });

  it('releases what is merged, previews a pull request beside it, and cleans up', async () => {
    const merged = await push();
    expect(merged.failed).toBeUndefined();
    expect(merged.outputs['version']).toMatch(/^main-[0-9a-f]{12}$/);
    expect(await releaseAt(merged.outputs['url'] ?? '')).toBe('one');
    expect(merged.summary).toContain(`### \`shop ${merged.outputs['version']}\` is deployed in \`default\``);
    expect(merged.summary).toContain('| web | built |');
    expect(merged.summary).toContain(
      `### \`shop\` is released as \`${merged.outputs['version']}\` in \`default\``,
    );
    expect(await readFile(`${machine.temporary}/kubeconfig`, 'utf8')).toBe('apiVersion: v1\nkind: Config\n');

    await sandbox.git(['switch', '--quiet', '--create', 'feature/Blue'], 'shop');
    await app.release('blue');
    const opened = await pullRequest('opened', 'feature/Blue');
    expect(opened.failed).toBeUndefined();
    expect(opened.outputs['version']).toMatch(/^feature-blue-[0-9a-f]{6}$/);
    expect(await releaseAt(opened.outputs['url'] ?? '')).toBe('blue');
    expect(await releaseAt(merged.outputs['url'] ?? '')).toBe('one');

    await app.release('bluer');
    const pushed = await pullRequest('synchronize', 'feature/Blue');
    expect(pushed.outputs).toEqual(opened.outputs);
    expect(await releaseAt(pushed.outputs['url'] ?? '')).toBe('bluer');

    expect((await pullRequest('closed', 'feature/Blue')).failed).toBeUndefined();
    expect(await namesOf(app)).toEqual([merged.outputs['version']]);
    expect((await pullRequest('closed', 'feature/Blue')).failed).toBeUndefined();
    await sandbox.git(['switch', '--quiet', 'main'], 'shop');
  });

  it('keeps the last five of main and what a rollback needs, and returns to one of them', async () => {
    for (const number of [1, 2, 3, 4, 5, 6]) await app.json('deploy', `main-${number}`);
    await app.json('release', 'main-1');
    const { failed, outputs } = await push();
    expect(failed).toBeUndefined();
    const kept = ['main-1', 'main-3', 'main-4', 'main-5', 'main-6', outputs['version']];
    expect(await namesOf(app)).toEqual(kept);

    const back = await run({ event_name: 'workflow_dispatch' });
    expect(back.summary).toContain('### `shop` is rolled back to `main-1`');
    const chosen = await run({ event_name: 'workflow_dispatch' }, { inputs: { version: 'main-4' } });
    expect(chosen.summary).toContain('### `shop` is released as `main-4`');
  });

  it('tells in the summary why a deploy failed', async () => {
    await app.release('broken', 'console.error("no database"); process.exit(7)');
    const opened = await pullRequest('opened', 'broken');
    expect(opened.failed?.code).toBe(1);
    expect(opened.steps.at(-1)).toBe('Deploy the pull request');
    expect(opened.summary).toContain('### `fox deploy` failed');
    expect(opened.summary).toContain('no database');
    expect(opened.outputs['version']).toBe('');
  });

  it('does nothing for a fork, and says which setting is missing', async () => {
    expect(await pullRequest('opened', 'main', 'mallory/shop')).toMatchObject({ steps: [], summary: '' });
    const unset = await run({ event_name: 'push' }, { vars: {} });
    expect(unset.steps).toEqual(['Install fox']);
    expect(unset.failed?.stderr).toContain('set the repository variable FOX_PACKAGE');
  });
});

describe('on GitLab', () => {
  let sandbox: Sandbox;
  let app: SmallApp;
  let pipeline: Pipeline;
  let machine: { path: string; temporary: string };

  beforeAll(async () => {
    sandbox = await Sandbox.create();
    machine = await makeMachine(sandbox);
    app = await SmallApp.create(sandbox, 'shop');
    await app.release('one');
    await app.json('init', '--ci', 'gitlab');
    await app.commit('CI');
    pipeline = await readPipeline(sandbox.path('shop/.gitlab-ci.yml'));
  });
  afterAll(() => sandbox.remove('shop'));

  const common = {
    CI: 'true',
    CI_PROJECT_PATH: 'acme/shop',
    CI_DEFAULT_BRANCH: 'main',
    FOX_PACKAGE: fromTarball,
  };
  const onMain = {
    ...common,
    CI_PIPELINE_SOURCE: 'push',
    CI_COMMIT_BRANCH: 'main',
    CI_PIPELINE_URL: 'https://gitlab.example.com/1',
  };
  const inRequest = {
    ...common,
    CI_PIPELINE_SOURCE: 'merge_request_event',
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: 'acme/shop',
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'feature/Blue',
  };

  /** The runner takes artifacts away, and the next job begins without them. */
  async function takeArtifact(name: string): Promise<string> {
    const file = sandbox.path('shop', name);
    const text = await readFile(file, 'utf8').catch(() => '');
    await rm(file, { force: true });
    return text;
  }

  async function run(name: string, variables: Record<string, string>) {
    expect(jobsOf(pipeline, variables)).toHaveProperty(name);
    const ended = await detached(app, async (sha) => {
      const env = { ...variables, CI_COMMIT_SHA: sha, PATH: machine.path, TMPDIR: machine.temporary };
      return runJob(sandbox, pipeline, name, { cwd: 'shop', env });
    });
    const [dotenv, summary] = await Promise.all(['deploy.env', 'fox-summary.md'].map(takeArtifact));
    return { ...ended, variables: pairs(dotenv ?? ''), summary };
  }

  it('has the right jobs in each pipeline', () => {
    expect(jobsOf(pipeline, onMain)).toEqual({ release: 'on_success', rollback: 'manual' });
    expect(jobsOf(pipeline, inRequest)).toEqual({ preview: 'on_success', 'delete-preview': 'manual' });
    expect(jobsOf(pipeline, { ...inRequest, CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: 'mallory/shop' })).toEqual(
      {},
    );
    expect(jobsOf(pipeline, { ...onMain, CI_COMMIT_BRANCH: 'other' })).toEqual({});
  });

  it('releases what is merged, previews a merge request beside it, and rolls back', async () => {
    const first = await run('release', onMain);
    expect(first).toMatchObject({
      code: 0,
      variables: { RELEASE_VERSION: expect.stringMatching(/^main-[0-9a-f]{12}$/) },
    });
    expect(await releaseAt(first.variables['RELEASE_URL'] ?? '')).toBe('one');
    expect(first.summary).toContain('is released as');

    await sandbox.git(['switch', '--quiet', '--create', 'feature/Blue'], 'shop');
    await app.release('blue');
    const preview = await run('preview', inRequest);
    expect(preview).toMatchObject({ code: 0 });
    expect(await releaseAt(preview.variables['PREVIEW_URL'] ?? '')).toBe('blue');
    expect(await namesOf(app)).toContain(preview.variables['PREVIEW_VERSION']);

    await sandbox.git(['switch', '--quiet', 'main'], 'shop');
    await sandbox.git(['merge', '--quiet', '--ff-only', 'feature/Blue'], 'shop');
    const second = await run('release', onMain);
    expect(await releaseAt(second.variables['RELEASE_URL'] ?? '')).toBe('blue');
    for (const code of [0, 0]) expect(await run('delete-preview', inRequest)).toMatchObject({ code });
    expect(await namesOf(app)).toEqual([
      first.variables['RELEASE_VERSION'],
      second.variables['RELEASE_VERSION'],
    ]);

    expect(await run('rollback', { ...onMain, GITLAB_USER_LOGIN: 'ada' })).toMatchObject({ code: 0 });
    expect(await releaseAt(second.variables['RELEASE_URL'] ?? '')).toBe('one');
  });

  it("makes Docker's credentials of GitLab's own, outside of the work tree", async () => {
    const variables = {
      CI_REGISTRY: 'registry.example.com',
      CI_REGISTRY_USER: 'job',
      CI_REGISTRY_PASSWORD: 'sesame',
    };
    const lines = pipeline['.fox']?.before_script ?? [];
    const ended = await sandbox.run(
      'bash',
      ['-eo', 'pipefail', '-c', [...lines, 'cat "$DOCKER_CONFIG/config.json"'].join('\n')],
      {
        cwd: 'shop',
        env: { ...common, ...variables, PATH: machine.path },
      },
    );
    expect(JSON.parse(ended.stdout)).toEqual({
      auths: { 'registry.example.com': { auth: Buffer.from('job:sesame').toString('base64') } },
    });
    expect(await sandbox.git(['status', '--porcelain', '--', 'web'], 'shop')).toBe('');
  });
});

describe('fox init --ci', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await Sandbox.create();
  });
  afterAll(() => sandbox.remove());

  it('writes an app and its recipe into an empty directory, committed', async () => {
    const result = await sandbox.json<{ files: string[]; committed: boolean }>('init fresh --ci github');
    expect(result).toMatchObject({ committed: true, template: 'minimal', ci: 'github' });
    expect(result.files).toContain('.github/workflows/fox.yaml');
    expect((await sandbox.git(['status', '--porcelain'], 'fresh')).trim()).toBe('');
  });

  it('names an app below the root of a repository by its directory', async () => {
    await mkdir(sandbox.path('mono/services/shop'), { recursive: true });
    await sandbox.git(['init', '--quiet', 'mono']);
    await writeFile(sandbox.path('mono/services/shop/fox.config.yaml'), 'app: shop\ncomponents: {}\n');
    const result = await sandbox.json<{ files: string[] }>('init --ci github', { cwd: 'mono/services/shop' });
    expect(result).toEqual({
      schema: 'fox/v1',
      kind: 'init',
      directory: sandbox.path('mono/services/shop'),
      ci: 'github',
      files: ['../../.github/workflows/fox.yaml'],
      committed: false,
    });
    const { env } = await readWorkflow(sandbox.path('mono/.github/workflows/fox.yaml'));
    expect(env['FOX_APP']).toBe('./services/shop');
  });

  it('overwrites nothing', async () => {
    await sandbox.git(['init', '--quiet', 'used']);
    await writeFile(sandbox.path('used/.gitlab-ci.yml'), 'mine: {}\n');
    const ended = await sandbox.fox('init --ci gitlab', { cwd: 'used' });
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain('.gitlab-ci.yml exists already; nothing was written');
    expect(await readFile(sandbox.path('used/.gitlab-ci.yml'), 'utf8')).toBe('mine: {}\n');
    expect(existsSync(sandbox.path('used/fox.config.yaml'))).toBe(false);
    expect(await sandbox.fox('init again --ci gitlab')).toMatchObject({ code: 0 });
    expect(await sandbox.fox('init again --ci gitlab')).toMatchObject({ code: 0 });
  });
});

describe('fox delete --ignore-not-found', () => {
  it('is content with what is not there', async () => {
    const sandbox = await Sandbox.create();
    const app = await SmallApp.create(sandbox, 'shop');
    await app.release('one');
    try {
      expect(await app.json<DeleteResult>('delete', 'v9', '--ignore-not-found')).toMatchObject({
        existed: false,
        workloads: [],
      });
      expect(await app.fox('delete', 'v9')).toMatchObject({ code: 2 });
    } finally {
      await sandbox.remove('shop');
    }
  });
});
