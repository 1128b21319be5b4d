// Checks how a component's image comes about: which of the three ways it is, and that nothing of another way stands there.
import { posix } from 'node:path';
import { FoxError } from '../core/errors.ts';
import { parseReference } from '../core/version/image-reference.ts';
import type { Path } from './config-document.ts';
import type { Report } from './config-problem.ts';
import { pathProblem, repositoryPath } from './repository-path.ts';
import type { ConfigFile } from './schema.ts';
import type { Draft } from './schema-issues.ts';

type ComponentEntry = Draft<ConfigFile['components'][string]>;
type BuildEntry = NonNullable<ComponentEntry['build']>;
type BuildKey = keyof BuildEntry;

/** Keys that only a Dockerfile has a use for. */
const dockerfileKeys: readonly BuildKey[] = ['context', 'target', 'args'];

/** Reports what doesn't fit of the component at `at`, in a file in `directory`. */
export function checkBuild(component: ComponentEntry, at: Path, directory: string, report: Report): void {
  const { build = {} } = component;
  // A key whose value is wrong is told by the schema, and counts as given.
  const has = (key: BuildKey) => Object.hasOwn(build, key);
  const place = [...at, 'build'];
  const refuse = (keys: readonly BuildKey[], why: string) => {
    for (const key of keys.filter(has)) report([...place, key], why);
  };
  if (has('image')) {
    const others: readonly BuildKey[] = ['command', 'base', 'dockerfile', ...dockerfileKeys];
    refuse(others, 'has no meaning beside `image`: that image is there already, nothing is built');
  } else if (has('dockerfile')) {
    refuse(['command', 'base'], 'has no meaning beside `dockerfile`: say it there, by RUN and FROM');
    checkDockerfile(component, place, directory, report);
  } else refuse(dockerfileKeys, 'is for a Dockerfile: name that by `dockerfile`');
  requireKeys(component, at, report);
  checkReference(build.image, [...place, 'image'], report);
  checkReference(build.base, [...place, 'base'], report);
}

function checkReference(text: string | undefined, at: Path, report: Report): void {
  try {
    if (text !== undefined) parseReference(text);
  } catch (error) {
    if (!(error instanceof FoxError)) throw error;
    report(at, error.message);
  }
}

function requireKeys(component: ComponentEntry, at: Path, report: Report): void {
  const { build = {} } = component;
  const isPrebuilt = Object.hasOwn(build, 'image');
  if (!Object.hasOwn(component, 'path') && !isPrebuilt)
    report([...at, 'path'], 'is missing; it must be text');
  if (!Object.hasOwn(component, 'command') && !isPrebuilt && !Object.hasOwn(build, 'dockerfile'))
    report([...at, 'command'], 'is missing; it must be a list, such as [node, server.js]');
}

/** The Dockerfile and its context are in the exported tree, which holds the component's paths and nothing else. */
function checkDockerfile(component: ComponentEntry, at: Path, directory: string, report: Report): void {
  const { path, shared = [], build = {} } = component;
  const { dockerfile, context } = build;
  const isRight = (each: string | undefined): each is string =>
    each !== undefined && pathProblem(directory, each) === undefined;
  if (!isRight(path) || dockerfile === undefined) return;
  const inside = posix.join(path, dockerfile);
  const problem = posix.isAbsolute(dockerfile)
    ? `must be relative to the component, not absolute ("${dockerfile}")`
    : pathProblem(directory, inside);
  if (problem !== undefined) return report([...at, 'dockerfile'], problem);
  const file = repositoryPath(directory, inside);
  const content = [path, ...shared].filter(isRight).map((each) => repositoryPath(directory, each));
  if (!content.some((each) => isWithin(file, each))) {
    const why = 'must be below `path` or a `shared` path: else it is not part of the build';
    return report([...at, 'dockerfile'], why);
  }
  if (Object.hasOwn(build, 'context') && !isRight(context)) {
    const wrong = context === undefined ? undefined : pathProblem(directory, context);
    return wrong === undefined ? undefined : report([...at, 'context'], wrong);
  }
  const root = repositoryPath(directory, context ?? path);
  // The Dockerfile itself needn't be in its context.
  const unseen = content.filter((each) => each !== file && !isWithin(each, root) && !isWithin(root, each));
  if (unseen.length === 0) return;
  const names = unseen.join(', ');
  if (context === undefined)
    report(
      [...at, 'dockerfile'],
      `its context "${root}" does not hold ${names}; name a directory that holds all by \`context\``,
    );
  else report([...at, 'context'], `must hold all that the component is made of: ${names} is outside of it`);
}

/** Whether a path is `directory` or below it, both relative to the repository's root. */
function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`);
}
