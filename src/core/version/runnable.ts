// Where components can run, told by how their images are made: before anything is built.
import type { Build } from './app.ts';
import { FoxError } from '../errors.ts';
import type { ManifestComponent, VersionManifest } from './manifest.ts';

/** A kind of cluster. */
export type ClusterKind = 'embedded' | 'kubernetes';

/**
 * Refuses a version of which a component can't run on such a cluster.
 * @throws FoxError REFUSED naming each of them, and the way out.
 */
export function refuseUnrunnable({ version, components }: VersionManifest, kind: ClusterKind): void {
  const problems = Object.entries(components).flatMap(([name, component]) => {
    const problem = kind === 'embedded' ? embeddedProblem(component) : kubernetesProblem(component);
    return problem === undefined ? [] : [{ name, problem, component }];
  });
  const [first] = problems;
  if (first === undefined) return;
  const where = kind === 'embedded' ? 'the embedded cluster' : 'Kubernetes';
  const hints =
    kind === 'embedded'
      ? [
          'Choose a Kubernetes cluster: `--context <name>`, or `cluster: { context: … }` in the config.',
          'Or let fox build it itself: leave out `build.dockerfile` and `build.image`, and name a `command`.',
        ]
      : [
          `Name its base image in the config: \`build: { base: ${suggestedBase(first.component)} }\`, and commit that.`,
        ];
  throw new FoxError('REFUSED', `version ${version} can't run on ${where}`, {
    details: problems.map(({ name, problem }) => `${name} ${problem}`),
    hints,
  });
}

function embeddedProblem({ build = {} }: ManifestComponent): string | undefined {
  const what = 'and the embedded cluster runs processes of this machine, not containers';
  if ('dockerfile' in build) return `is built by a Dockerfile (${build.dockerfile}), ${what}`;
  return 'image' in build ? `is an image (${build.image}), ${what}` : undefined;
}

function kubernetesProblem({ build = {} }: ManifestComponent): string | undefined {
  const isMade = 'dockerfile' in build || 'image' in build || hasBase(build);
  return isMade ? undefined : 'has no base image: its files alone are nothing that a container can run';
}

function hasBase(build: Build): boolean {
  return 'base' in build && build.base !== undefined;
}

const bases: Readonly<Record<string, string>> = {
  node: 'node:24-slim',
  npm: 'node:24-slim',
  npx: 'node:24-slim',
  python: 'python:3.13-slim',
  python3: 'python:3.13-slim',
  deno: 'denoland/deno:debian',
  bun: 'oven/bun:1-slim',
  ruby: 'ruby:3.4-slim',
  bundle: 'ruby:3.4-slim',
  php: 'php:8.4-cli',
  java: 'eclipse-temurin:21-jre',
};

/** An image that has the component's program. */
function suggestedBase({ template }: ManifestComponent): string {
  return bases[template.command[0] ?? ''] ?? 'debian:stable-slim';
}
