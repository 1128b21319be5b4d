// Checks how a component's image comes about: which of the three ways it is, and that nothing of another way stands there.
import { posix } from 'node:path';
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
function checkDockerfile(
  { path, shared = [], build = {} }: ComponentEntry,
  at: Path,
  directory: string,
  report: Report,
): void {
  const { dockerfile, context = path } = build;
  if (path === undefined || pathProblem(directory, path) !== undefined) return;
  const paths = [path, ...shared.filter((each) => each !== undefined)];
  const places = paths
    .filter((each) => pathProblem(directory, each) === undefined)
    .map((each) => repositoryPath(directory, each));
  if (dockerfile !== undefined) {
    const inside = posix.isAbsolute(dockerfile) ? dockerfile : posix.join(path, dockerfile);
    const problem = pathProblem(directory, inside);
    if (posix.isAbsolute(dockerfile)) report([...at, 'dockerfile'], 'must be relative to the component');
    else if (problem !== undefined) report([...at, 'dockerfile'], problem);
    else if (!places.some((place) => isWithin(repositoryPath(directory, inside), place)))
      report(
        [...at, 'dockerfile'],
        'must be below `path` or a `shared` path: else it is not part of the build',
      );
  }
  if (context === undefined) return;
  const problem = pathProblem(directory, context);
  if (problem !== undefined) return report([...at, 'context'], problem);
  const root = repositoryPath(directory, context);
  const unseen = places.filter((place) => !isWithin(place, root) && !isWithin(root, place));
  const onlyDockerfile = (place: string) =>
    dockerfile !== undefined && place === repositoryPath(directory, posix.join(path, dockerfile));
  for (const place of unseen.filter((each) => !onlyDockerfile(each))) {
    report(
      [...at, 'context'],
      `must contain what the component is made of: ${place} is outside of "${root}"; name a directory that holds both`,
    );
  }
}

/** Whether a path is `directory` or below it, both relative to the repository's root. */
function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`);
}
