// What fox finds of the project around the current directory: the repository, the app's config, and what it says of the place.
import type { App } from '../../core/version/app.ts';
import { FoxError } from '../../core/errors.ts';
import { Repository } from '../../source/repository.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { findPlace, type Place } from '../place/place.ts';
import { validateWorkTree } from '../validate.ts';
import { homeOf } from '../place/workspace.ts';
import { attempt, type Finding, type Limits, ok, problem, warning } from './finding.ts';

/** As much of a project as there is. */
export interface Project {
  /** Directory of fox's own state. */
  readonly home: string;
  /** Root of the work tree, if there is a repository. */
  readonly root?: string;
  readonly place?: Place;
  /** The app, if its config is valid. */
  readonly app?: App;
  readonly findings: readonly Finding[];
}

/** Looks at the repository and the config. Where one is missing or broken, goes on with what is left. */
export async function examineProject(
  { app }: CommonOptions,
  context: ActionContext,
  limits: Limits,
): Promise<Project> {
  const opened = await attempt('repository', limits, () => Repository.open(context.cwd));
  const repository = opened.value;
  if (repository === undefined)
    return { home: homeOf(context.cwd, context), findings: opened.findings ?? [] };
  try {
    const home = homeOf(repository.root, context);
    const found = await attempt('repository', limits, () => checkRepository(repository));
    const config = await examineConfig(repository, { home, cwd: context.cwd, wanted: app, limits });
    const { root } = repository;
    return { ...config, home, root, findings: [...(found.findings ?? [found.value]), ...config.findings] };
  } finally {
    repository.close();
  }
}

async function checkRepository(repository: Repository): Promise<Finding> {
  const commit = await repository.commit('HEAD');
  return ok('repository', `${repository.root}, at commit ${commit.slice(0, 12)}`);
}

interface Wanted {
  readonly home: string;
  readonly cwd: string;
  /** Name or directory of an app. */
  readonly wanted: string | undefined;
  readonly limits: Limits;
}

async function examineConfig(
  repository: Repository,
  { home, cwd, wanted, limits }: Wanted,
): Promise<Omit<Project, 'home' | 'root'>> {
  const found = await attempt('config', limits, () => findPlace(repository, home, cwd, wanted));
  const place = found.value;
  if (place === undefined) return { findings: found.findings ?? [] };
  const read = await attempt('config', limits, () => validateWorkTree(repository.root, place.location));
  if (read.value === undefined) return { place, findings: read.findings };
  const { app, text } = read.value;
  const checked = await attempt('config', limits, () => compareWithCommit(repository, place, app, text));
  return { place, app, findings: checked.findings ?? [checked.value] };
}

/** fox deploys what is committed. */
async function compareWithCommit(
  repository: Repository,
  { location: { file } }: Place,
  app: App,
  text: string,
): Promise<Finding> {
  const committed = await committedText(repository, file);
  if (committed === undefined) {
    return problem(
      'config',
      `${file} is not committed`,
      `\`git add ${file} && git commit\`: fox deploys commits.`,
    );
  }
  const count = Object.keys(app.components).length;
  const detail = `${file}: app ${app.name}, ${count} component${count === 1 ? '' : 's'}`;
  if (committed === text) return ok('config', detail);
  return warning(
    'config',
    `${detail}; it has uncommitted changes`,
    'Commit them: fox deploys the config of the commit.',
  );
}

async function committedText(repository: Repository, file: string): Promise<string | undefined> {
  try {
    return await repository.file(await repository.commit('HEAD'), file);
  } catch (error) {
    // A repository without a commit is told of by itself.
    if (error instanceof FoxError && error.code === 'GIT_NOT_READY') return undefined;
    throw error;
  }
}
