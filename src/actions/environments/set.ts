// `fox env set`: variables, secrets and settings of one virtual environment.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { VariableType, VariableValue } from '../../core/app.ts';
import type { EnvironmentDefinition } from '../../core/environment-definition.ts';
import { FoxError } from '../../core/errors.ts';
import { didYouMean, variableNameProblem } from '../../core/names.ts';
import { parseTimeToLive } from '../../core/time-to-live.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { requireEnvironmentName } from '../lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { type ClusterSession, withCluster, withClusterSnapshot } from '../session/cluster-session.ts';
import { type ChangeOptions, changeEnvironments } from './change-environments.ts';
import type { EnvironmentChangeResult } from './change-result.ts';
import {
  componentsAtHead,
  type Declaring,
  declaredTypes,
  type DeclaredTypes,
  runningComponents,
} from './declared-types.ts';
import { type DefinitionEdit, editDefinition } from './definition-edit.ts';
import type { EnvironmentChange } from './environment-change.ts';
import { EnvironmentLookup } from './environment-lookup.ts';
import { recogniseSecrets, type SecretSource } from './set-secret.ts';
import { typedValue } from './typed-value.ts';

/** `vars` and `secrets` of the edit are worked out of what is given here. */
export interface SetOptions extends CommonOptions, Omit<DefinitionEdit, 'vars' | 'secrets'> {
  readonly virtualEnv: string;
  /** Values as typed, by name. */
  readonly assignments: ReadonlyMap<string, string>;
  /** Type of all these values. Default: what is declared, else what they look like. */
  readonly type?: VariableType;
  readonly sources?: ReadonlyMap<string, SecretSource>;
  /** A virtual environment that doesn't exist is made. */
  readonly create?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Sets what is given; all else stays.
 * @throws FoxError USAGE with every value that can't be had, NOT_FOUND if there is no such environment; and as {@link changeEnvironments}.
 */
export async function setEnvironment(
  options: SetOptions,
  context: ActionContext,
): Promise<EnvironmentChangeResult> {
  const { virtualEnv: name, dryRun = false } = options;
  requireEnvironmentName(name);
  refuseNames([...options.assignments.keys()]);
  if (typeof options.ttl === 'string') parseTimeToLive(options.ttl);
  const reach = dryRun ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) => {
    const atHead = options.assignments.size === 0 ? [] : await componentsAtHead(workspace, context);
    const { defaultEnvironment } = workspace;
    return reach(workspace, context, async (session) => {
      const lookup = new EnvironmentLookup(
        { name, defaultEnvironment, create: options.create ?? false },
        context,
      );
      const change: ChangeOptions = {
        ...options,
        kind: 'env set',
        what: `env set ${name}`,
        defaultEnvironment,
      };
      const tell = once(context);
      return changeEnvironments(session, change, context, async (state) => {
        const definition = await lookup.definition(state);
        return edited(definition, options, { state, session, atHead, context, tell });
      });
    });
  });
}

interface Around {
  readonly state: NamespaceState;
  readonly session: ClusterSession;
  readonly atHead: readonly Declaring[];
  readonly context: ActionContext;
  readonly tell: (text: string) => void;
}

async function edited(
  definition: EnvironmentDefinition,
  options: SetOptions,
  { state, session, atHead, context, tell }: Around,
): Promise<EnvironmentChange> {
  const { name } = definition;
  const declared = declaredTypes([...runningComponents(state, name), ...atHead]);
  refuseSecrets(definition, options, declared);
  const vars = typedValues(options, declared);
  if (options.type === undefined) tellUndeclared(vars, declared, tell);
  const { sources = new Map(), dryRun: isDryRun = false } = options;
  const { references: secrets, values } = await recogniseSecrets(session.namespace.secrets, sources, {
    isDryRun,
  });
  return {
    put: [editDefinition(definition, { ...options, vars, secrets }, context.now().getTime())],
    secrets: new Map([[name, values]]),
  };
}

function refuseNames(names: readonly string[]): void {
  const problems = names.flatMap((name) => {
    const problem = variableNameProblem(name);
    return problem === undefined ? [] : [`"${name}" ${problem}`];
  });
  if (problems.length > 0)
    throw new FoxError('NAME_INVALID', 'nothing can have these names', { details: problems });
}

/** What is a secret must not become readable by a slip; its value isn't shown here either. */
function refuseSecrets(
  { name, secrets = {} }: EnvironmentDefinition,
  { assignments }: SetOptions,
  declared: DeclaredTypes,
): void {
  const kept = [...assignments.keys()].filter((each) => Object.hasOwn(secrets, each));
  const meant = [...assignments.keys()].filter((each) => declared.secrets.has(each) && !kept.includes(each));
  const [first] = [...kept, ...meant];
  if (first === undefined) return;
  const all = [...kept, ...meant].join(', ');
  throw new FoxError(
    'USAGE',
    `${all} ${kept.length + meant.length === 1 ? 'is a secret' : 'are secrets'}: a plain variable could be read by everybody`,
    {
      hints: [
        `\`fox env set -e ${name} --secret ${first}\` asks for its value.`,
        ...(kept.length === 0 ? [] : [`\`fox env unset -e ${name} ${kept.join(' ')}\` makes the name free.`]),
        "A value that was typed is in the shell's history: remove it there, or change it.",
      ],
    },
  );
}

/** @throws FoxError USAGE with each value that isn't of its type. */
function typedValues(
  { assignments, type }: SetOptions,
  { variables }: DeclaredTypes,
): Map<string, VariableValue> {
  const values = new Map<string, VariableValue>();
  const problems: string[] = [];
  for (const [name, text] of assignments) {
    const typed = typedValue(text, type ?? variables.get(name));
    if ('value' in typed) values.set(name, typed.value);
    else problems.push(`${name} ${typed.problem}`);
  }
  if (problems.length === 0) return values;
  throw new FoxError(
    'USAGE',
    `${problems.length === 1 ? 'a value' : 'values'} can't be taken; nothing was changed`,
    {
      details: problems,
      hints: [
        type === undefined
          ? 'Values have the types that are declared for their names in fox.config.yaml; `--type string` forces another.'
          : `All of these values were to be of type ${type}.`,
      ],
    },
  );
}

/** A name that nobody declares is told, with what was taken for its type: it may be a slip. */
function tellUndeclared(
  values: ReadonlyMap<string, VariableValue>,
  { variables, secrets }: DeclaredTypes,
  tell: (text: string) => void,
): void {
  for (const [name, value] of values) {
    if (variables.has(name)) continue;
    const guess = didYouMean(name, [...variables.keys(), ...secrets]);
    const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
    tell(`${name} is declared by nothing that runs there, nor at HEAD: it is a ${typeName(value)}.${hint}`);
  }
}

function typeName(value: VariableValue): string {
  return Array.isArray(value) ? 'list' : typeof value;
}

/** Tells each text once, however often the change is worked out. */
function once({ emit }: Pick<ActionContext, 'emit'>): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return;
    told.add(text);
    emit({ type: 'info', text });
  };
}
