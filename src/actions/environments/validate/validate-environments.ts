// Whether an app can run in virtual environments: everything that is missing, of another type, or used by nobody, with its path.
import type { EnvironmentFile } from '../../../config/environment-file.ts';
import type { SecretProblem } from '../../../cluster/secrets/value-search.ts';
import type { App } from '../../../core/version/app.ts';
import {
  type CheckedVersion,
  checkEnvironment,
  declaredNames,
  type EnvironmentProblem,
  type UnusedValue,
  unusedValues,
} from '../../../core/environments/environment-check.ts';
import type {
  EnvironmentDefinition,
  EnvironmentDefinitions,
} from '../../../core/environments/environment-definition.ts';
import { type EffectiveEnvironment, effectiveEnvironment } from '../../../core/environments/inheritance.ts';
import { secretKey } from '../../../core/environments/fingerprint.ts';
import { didYouMean } from '../../../core/names.ts';

/** What an app finds in an environment. */
export interface EnvironmentValidation {
  readonly name: string;
  /** Itself, its parent, and so on; of one that can't be used, itself. */
  readonly lineage: readonly string[];
  /** Nothing is missing or of another type. */
  readonly valid: boolean;
  /** Why it can't be used at all, as a sentence fragment. */
  readonly broken?: string;
  readonly problems: readonly ValueProblem[];
  /** Values that nobody declares; each with the environment that says it. No problem. */
  readonly unused: readonly UnusedHere[];
  /** Names of secrets of which files can't tell whether they have a value: fox keeps these in the cluster. */
  readonly untold: readonly string[];
}

/** A value that nobody declares. */
export interface UnusedHere extends UnusedValue {
  /** Environment that says it. */
  readonly origin: string;
  /** Name that the app declares, and that it may have been meant to be. */
  readonly near?: string;
}

/** One thing that is missing or doesn't fit. */
export interface ValueProblem extends Pick<
  EnvironmentProblem,
  'component' | 'path' | 'name' | 'of' | 'what' | 'message'
> {
  /** What mends it, where that isn't to set a value. */
  readonly hint?: string;
}

/** Who else may declare what an environment says, and how much is known of secrets. */
export interface ValidationPlace {
  /** Versions in the namespace, of all apps. */
  readonly versions: readonly Pick<CheckedVersion, 'components'>[];
  /** Only files are known, and not what fox keeps. */
  readonly onlyFiles: boolean;
  /** Secrets that have a value which can't be had, by {@link secretKey}. */
  readonly lostSecrets?: LostSecrets;
}

/** Why values of secrets can't be had, by {@link secretKey}. */
export type LostSecrets = ReadonlyMap<string, Pick<SecretProblem, 'why' | 'hint'>>;

/** What of an app says which values it needs. */
export function checkedVersion(app: App): CheckedVersion {
  const components = Object.values(app.components).map(({ name, env, secrets = [], routes }) => [
    name,
    { template: { env, secrets }, routes },
  ]);
  return {
    app: app.name,
    version: '',
    components: Object.fromEntries(components) as CheckedVersion['components'],
  };
}

/** Validates an app in one environment. */
export function validateIn(
  name: string,
  version: CheckedVersion,
  definitions: EnvironmentDefinitions,
  { versions, onlyFiles, lostSecrets = new Map() }: ValidationPlace,
  damage?: string,
): EnvironmentValidation {
  const environment = damage ?? effectiveEnvironment(definitions, name);
  if (typeof environment === 'string')
    return { name, lineage: [name], valid: false, broken: environment, problems: [], unused: [], untold: [] };
  const found = checkEnvironment(version, environment);
  const isUntold = ({ of, what }: EnvironmentProblem) => onlyFiles && of === 'secret' && what === 'missing';
  const problems = [
    ...found.filter((each) => !isUntold(each)).map(valueProblem),
    ...lostValues(version, environment, lostSecrets),
  ];
  const { variables, secrets } = declaredNames(version);
  const declared = [...variables, ...secrets];
  const untold = found.filter(isUntold).flatMap((each) => each.name ?? []);
  return {
    name,
    lineage: environment.lineage,
    valid: problems.length === 0,
    problems,
    unused: unusedValues(environment, [version, ...versions]).map((each) =>
      unusedHere(each, environment, declared),
    ),
    untold: [...new Set(untold)].toSorted(),
  };
}

function valueProblem({ component, path, name, of, what, message }: EnvironmentProblem): ValueProblem {
  return { component, path, ...(name === undefined ? {} : { name }), of, what, message };
}

function lostValues(
  { components }: CheckedVersion,
  { secrets }: EffectiveEnvironment,
  lost: LostSecrets,
): ValueProblem[] {
  return Object.entries(components).flatMap(([component, { template }]) =>
    (template.secrets ?? []).flatMap((name): ValueProblem[] => {
      const fingerprint = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      const problem = fingerprint === undefined ? undefined : lost.get(secretKey(name, fingerprint));
      if (problem === undefined) return [];
      const { why, hint } = problem;
      const path = `components.${component}.secrets.${name}`;
      return [
        {
          component,
          path,
          name,
          of: 'secret',
          what: 'unfit',
          message: `has a value that can't be had: ${why}`,
          hint,
        },
      ];
    }),
  );
}

function unusedHere(
  value: UnusedValue,
  { origins, name: itself }: EffectiveEnvironment,
  declared: readonly string[],
): UnusedHere {
  const { of, name } = value;
  const near = didYouMean(name, declared);
  const origin = (of === 'secret' ? origins.secrets : origins.vars)[name] ?? itself;
  return { ...value, origin, ...(near === undefined ? {} : { near }) };
}

/** What files say, as if it were there. Of secrets only the names are known. */
export function definitionsInFiles(files: readonly EnvironmentFile[]): EnvironmentDefinitions {
  return new Map(
    files.map(({ name, parent, vars, secrets }): [string, EnvironmentDefinition] => {
      const known = Object.entries(secrets).map(([each, { from }]) => [each, { fingerprint: '', from }]);
      return [
        name,
        {
          name,
          ...(parent === undefined ? {} : { parent }),
          vars,
          secrets: Object.fromEntries(known) as NonNullable<EnvironmentDefinition['secrets']>,
        },
      ];
    }),
  );
}
