// Tells what is wrong with the values that an environment has for a version, and which commands give it better ones.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import type { Environment } from '../../../core/environments/environment.ts';
import {
  checkEnvironment,
  type EnvironmentProblem,
  problemText,
  unusedValues,
} from '../../../core/environments/environment-check.ts';
import type { VersionManifest } from '../../../core/version/manifest.ts';
import type { ActionContext } from '../../context.ts';
import { nearEnvironment } from '../../lookup/new-environment.ts';
import { type RoutedPair, tiesOf } from '../../release/release-ties.ts';

/** What is wrong, and what to do about it. */
export interface FoundProblems {
  /** A line each. */
  readonly lines: readonly string[];
  readonly hints: readonly string[];
}

/** All that keeps a version from running in environments: missing and mistyped values, and routes that tie there. */
export function problemsIn(
  manifest: VersionManifest,
  environments: readonly Environment[],
  state: Pick<NamespaceState, 'environments'>,
): FoundProblems {
  const found = environments.map((environment) => {
    const problems = checkEnvironment(manifest, environment);
    const pair: RoutedPair = { manifest, environment };
    const { name } = environment;
    const isNew = !state.environments.some(({ definition }) => definition.name === name);
    const near = problems.length === 0 ? undefined : nearEnvironment(name, state);
    return {
      lines: [...problems.map(problemText), ...tiesOf([pair])].map(
        (line) => `${line} in virtual environment ${name}`,
      ),
      hints: [
        ...(near === undefined ? [] : [`There is no virtual environment ${name}: did you mean \`${near}\`?`]),
        ...valueHints(problems, name, isNew),
      ],
    };
  });
  return { lines: found.flatMap(({ lines }) => lines), hints: found.flatMap(({ hints }) => hints) };
}

/** Commands that give an environment the values that it lacks. */
export function valueHints(
  problems: readonly EnvironmentProblem[],
  environment: string,
  isNew = false,
): string[] {
  const names = (of: EnvironmentProblem['of'], what?: EnvironmentProblem['what']) => [
    ...new Set(
      problems.flatMap((each) =>
        each.of === of && (what === undefined || each.what === what) ? (each.name ?? []) : [],
      ),
    ),
  ];
  const set = `fox env set -e ${environment}${isNew ? ' --create' : ''}`;
  const given = (what: EnvironmentProblem['what'], end: string) => {
    const variables = names('variable', what).map((name) => `${name}=…`);
    return variables.length === 0 ? [] : [`\`${set} ${variables.join(' ')}\` ${end}`];
  };
  return [
    ...given('missing', `sets it; or give it a default in fox.config.yaml${placesIn(problems)}.`),
    ...given('unfit', 'gives it a value that fits.'),
    ...(problems.some(({ name }) => name === undefined)
      ? ['Shorten what is sent with each request, or declare large values without `bind: request`.']
      : []),
    ...names('secret').map((name) => `\`${set} --secret ${name}\` asks for its value.`),
  ];
}

/** A rule's variables have their defaults at the rule, where nobody looks for them. */
function placesIn(problems: readonly EnvironmentProblem[]): string {
  const paths = problems.filter(({ what, path }) => what === 'missing' && path.includes('.routes.'));
  return paths.length === 0 ? '' : `, for a rule at the rule: ${paths.map(({ path }) => path).join(', ')}`;
}

/** Warns of values that no version of any app declares, nor the one at hand. */
export function warnUnused(
  environment: Environment,
  manifest: VersionManifest,
  { versions }: Pick<NamespaceState, 'versions'>,
  { emit }: Pick<ActionContext, 'emit'>,
): void {
  const unused = unusedValues(environment, manifestsOf(manifest, versions));
  if (unused.length === 0) return;
  const paths = unused.map(({ path }) => path).join(', ');
  const text = `virtual environment ${environment.name} has values that no version of any app declares: ${paths}`;
  emit({ type: 'warning', text });
}

/** Decoded one after the other: mostly the first says enough. */
function* manifestsOf(
  first: VersionManifest,
  versions: NamespaceState['versions'],
): Generator<VersionManifest> {
  yield first;
  for (const { manifest } of versions.toReversed()) yield manifest;
}
