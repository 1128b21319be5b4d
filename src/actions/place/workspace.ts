// The place that fox is used in: a repository, an app of it, and where fox keeps its own state.
import { join, resolve } from 'node:path';
import { Repository } from '../../source/repository.ts';
import { chooseTarget, type ClusterTarget } from './cluster-target.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { findPlace, type Place } from './place.ts';
import { withRegistryOption } from './registry-choice.ts';

/** An open workspace. */
export interface Workspace extends Place {
  readonly repository: Repository;
  /** Directory of fox's own state, absolute. */
  readonly home: string;
  /** The cluster that is meant. */
  readonly target: ClusterTarget;
}

/** Opens the workspace around the current directory, runs `work` in it and closes it. */
export async function withWorkspace<T>(
  context: ActionContext,
  options: CommonOptions,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const repository = await Repository.open(context.cwd);
  try {
    const home = homeOf(repository.root, context);
    const place = await findPlace(repository, home, context.cwd, options.app);
    const settings = withRegistryOption(place.settings, options);
    return await work({ ...place, settings, repository, home, target: chooseTarget(settings, options) });
  } finally {
    repository.close();
  }
}

/** `.fox` at the repository's root, unless FOX_HOME says otherwise. */
export function homeOf(root: string, { cwd, env }: Pick<ActionContext, 'cwd' | 'env'>): string {
  const home = env['FOX_HOME'];
  return home === undefined || home === '' ? join(root, '.fox') : resolve(cwd, home);
}
