// An app as a commit or tree has it: its config there, and the identity of everything that its components are made of.
import { configError } from '../../config/config-problem.ts';
import { configFileNames, locationOf } from '../../config/locate-config.ts';
import { configLine, readConfig } from '../../config/read-config.ts';
import type { ConfigSource } from '../../config/config.ts';
import { type App, contentPaths } from '../../core/version/app.ts';
import { FoxError } from '../../core/errors.ts';
import type { PathIdentity } from '../../source/repository.ts';
import type { Workspace } from './workspace.ts';

/** An app and the config that describes it. */
export interface AppAtTree {
  readonly app: App;
  readonly source: ConfigSource;
}

/** Identities of paths, relative to the repository's root. */
export type Sources = ReadonlyMap<string, PathIdentity | undefined>;

/**
 * The app by its config at a commit or tree: at its place in the work tree, or beside it under another name.
 * @param shown what the user knows the tree by. @throws FoxError CONFIG_INVALID.
 */
export async function readApp(workspace: Workspace, treeish: string, shown: string): Promise<AppAtTree> {
  const { repository, location, home } = workspace;
  const prefix = location.directory === '' ? '' : `${location.directory}/`;
  const candidates = [location.file, ...configFileNames.map((name) => `${prefix}${name}`)];
  for (const file of new Set(candidates)) {
    const text = await repository.file(treeish, file);
    const place = locationOf(file);
    if (text === undefined || (place.key !== undefined && !text.includes(`"${place.key}"`))) continue;
    const source = { ...place, text };
    return { app: (await readConfig(source, home)).app, source };
  }
  throw new FoxError('CONFIG_INVALID', `${location.file} doesn't exist at ${shown}`, {
    hints: [
      `Commit it: \`git add ${location.file} && git commit\`.`,
      'The config is read from the commit that is deployed, not from the work tree.',
    ],
  });
}

/** Identity of each component's paths. @throws FoxError CONFIG_INVALID naming every path that git doesn't have there. */
export async function identifySources(
  { repository }: Workspace,
  treeish: string,
  { app, source }: AppAtTree,
): Promise<Sources> {
  const components = Object.values(app.components);
  const paths = new Set(components.flatMap(contentPaths));
  const sources = await repository.identify(treeish, [...paths]);
  const wrong = components.flatMap(({ name, path, shared }) => {
    const type = path === undefined ? 'directory' : sources.get(path)?.type;
    const own = type === 'directory' ? [] : [{ key: 'path', message: placeProblem(path ?? '', type) }];
    const others = shared.flatMap((each) => {
      const found = sources.get(each)?.type;
      if (found !== undefined && found !== 'submodule') return [];
      return [{ key: 'shared', message: placeProblem(each, found) }];
    });
    return [...own, ...others].map(({ key, message }) => ({ path: ['components', name, key], message }));
  });
  if (wrong.length === 0) return sources;
  const problems = await Promise.all(
    wrong.map(async ({ path, message }) => {
      const line = await configLine(source, path);
      return { file: source.file, path: path.join('.'), message, ...(line === undefined ? {} : { line }) };
    }),
  );
  throw configError(problems);
}

function placeProblem(path: string, type: PathIdentity['type'] | undefined): string {
  if (type === undefined) return `"${path}" isn't in git at this commit`;
  return type === 'submodule'
    ? `"${path}" is a git submodule: its content isn't part of this repository`
    : `"${path}" is a ${type}, not a directory`;
}
