// What `fox open` leads to: a version in a virtual environment, and the path that it answers; found in what a namespace has.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { Environment } from '../../core/environments/environment.ts';
import { FoxError } from '../../core/errors.ts';
import type { EffectiveEnvironment } from '../../core/environments/inheritance.ts';
import type { VersionManifest } from '../../core/version/manifest.ts';
import { deploymentName } from '../../core/names.ts';
import { exampleRequest } from '../../core/routing/rules/example-request.ts';
import { type Rule, rulesIn } from '../../core/routing/rules/rule.ts';
import { environmentFor } from '../../core/plan/wanted.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { findVersion, requireEnvironment } from '../lookup/lookup.ts';
import type { Workspace } from '../place/workspace.ts';
import { usableEnvironment } from '../environments/known/usable-environment.ts';

/** What a URL is to lead to. */
export interface OpenTarget {
  readonly environment: string;
  /** What is in force there, if it is there. */
  readonly effective?: EffectiveEnvironment;
  /** The version as a URL names it; absent: what is released there. */
  readonly deployment?: string;
  /** Shortest path that the version answers. */
  readonly path: string;
}

/**
 * Finds what is to be opened.
 * @throws FoxError NOT_FOUND if there is no such version or environment, or nothing is released there; REFUSED if the environment can't be used.
 */
export function openTarget(
  state: NamespaceState,
  { version: wanted, virtualEnv }: { readonly version?: string; readonly virtualEnv?: string },
  { app, defaultEnvironment }: Pick<Workspace, 'app' | 'defaultEnvironment'>,
): OpenTarget {
  const environment = virtualEnv ?? defaultEnvironment;
  if (virtualEnv !== undefined) requireEnvironment(state, environment);
  const released = state.releases.records.get(environment)?.get(app);
  const name = wanted ?? released?.version;
  if (name === undefined) throw nothingReleased(environment);
  const version = findVersion(state, app, name);
  const known = environmentsByName(state);
  // What a release holds on to is served even where the environment can't be used any more.
  const served = environmentFor(version, environment, known) ?? usableEnvironment(state, environment);
  const effective = known.get(environment);
  const sameName = state.versions.filter((each) => each.name === version.name).length;
  return {
    environment,
    ...(effective === undefined ? {} : { effective }),
    ...(wanted === undefined
      ? {}
      : { deployment: sameName > 1 ? deploymentName(app, version.name) : version.name }),
    path: pathOf(version.manifest, served),
  };
}

/** Shortest path that the version answers in an environment. */
function pathOf({ components }: VersionManifest, environment: Environment | undefined): string {
  const rules = Object.values(components).flatMap(({ routes }) =>
    routes.flatMap((route) => rulesIn(route, environment ?? { vars: {} })),
  );
  const plain = rules.filter(({ captures }) => !captures).flatMap(browsablePath);
  const paths = plain.length > 0 ? plain : rules.flatMap(browsablePath);
  return paths.toSorted((a, b) => a.length - b.length)[0] ?? '/';
}

/** A path that a rule matches when a browser asks for it by any host; none if it doesn't match such. */
function browsablePath(rule: Rule): string[] {
  const request = exampleRequest([rule]);
  if (request === undefined || request.method !== 'GET' || request.host !== undefined) return [];
  return request.type === undefined && request.headers?.length === 0 ? [request.target] : [];
}

function nothingReleased(environment: string): FoxError {
  return new FoxError('NOT_FOUND', `nothing is released in virtual environment ${environment}`, {
    hints: [
      `\`fox release <version> --virtual-env ${environment}\` releases a version.`,
      '`fox open <version>` opens one that is not released.',
    ],
  });
}
