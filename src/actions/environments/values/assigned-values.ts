// The values that `env set` is given as text: which names may have one, of which type it is, and what is told of it.
import type { VariableType, VariableValue } from '../../../core/version/app.ts';
import type { EnvironmentDefinition } from '../../../core/environments/environment-definition.ts';
import { FoxError } from '../../../core/errors.ts';
import { didYouMean, variableNameProblem } from '../../../core/names.ts';
import type { DeclaredTypes } from './declared-types.ts';
import { typedValue } from './typed-value.ts';

/** Values as typed. */
export interface Assigned {
  /** By name. */
  readonly assignments: ReadonlyMap<string, string>;
  /** Type of all of them. Default: what is declared, else what they look like. */
  readonly type?: VariableType;
}

/** @throws FoxError NAME_INVALID with each name that nothing can have. */
export function refuseNames(names: readonly string[]): void {
  const problems = names.flatMap((name) => {
    const problem = variableNameProblem(name);
    return problem === undefined ? [] : [`"${name}" ${problem}`];
  });
  if (problems.length > 0)
    throw new FoxError('NAME_INVALID', 'nothing can have these names', { details: problems });
}

/** What is a secret must not become readable by a slip; its value isn't shown here either. @throws FoxError USAGE */
export function refuseSecrets(
  { name, secrets = {} }: EnvironmentDefinition,
  { assignments }: Assigned,
  declared: DeclaredTypes,
): void {
  // What is declared as a variable, and as nothing else, was made a secret by a slip.
  const isVariable = (each: string) => declared.variables.has(each) && !declared.secrets.has(each);
  const kept = [...assignments.keys()].filter((each) => Object.hasOwn(secrets, each) && !isVariable(each));
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
export function typedValues(
  { assignments, type }: Assigned,
  { variables }: DeclaredTypes,
): Map<string, VariableValue> {
  const values = new Map<string, VariableValue>();
  const problems: string[] = [];
  const wrong: string[] = [];
  for (const [name, text] of assignments) {
    const typed = typedValue(text, type ?? variables.get(name));
    if ('value' in typed) values.set(name, typed.value);
    else {
      problems.push(`${name} ${typed.problem}`);
      wrong.push(name);
    }
  }
  if (problems.length === 0) return values;
  throw new FoxError(
    'USAGE',
    `${problems.length === 1 ? 'a value' : 'values'} can't be taken; nothing was changed`,
    {
      details: problems,
      hints: typeHints(type, wrong, variables),
    },
  );
}

/** Only what nobody declares may have any type: what has another than its declaration is refused, too. */
function typeHints(
  type: VariableType | undefined,
  wrong: readonly string[],
  declared: DeclaredTypes['variables'],
): string[] {
  if (type !== undefined) return [`All of these values were to be of type ${type}.`];
  const isDeclared = (name: string) => declared.has(name);
  return [
    ...(wrong.some(isDeclared)
      ? ['Values have the types that are declared for their names in fox.config.yaml.']
      : []),
    ...(wrong.every(isDeclared) ? [] : ['`--type string` takes a value as text, whatever it looks like.']),
  ];
}

/** A name that nobody declares is told, with what was taken for its type: it may be a slip. */
export function tellUndeclared(
  values: ReadonlyMap<string, VariableValue>,
  { variables, secrets, inRules }: DeclaredTypes,
  tell: (text: string) => void,
): void {
  for (const [name, value] of values) {
    if (variables.has(name) || inRules.has(name)) continue;
    const guess = didYouMean(name, [...variables.keys(), ...secrets, ...inRules]);
    const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
    tell(`${name} is declared by nothing that runs there, nor at HEAD: it is a ${typeName(value)}.${hint}`);
  }
}

/** A secret that nobody declares is told, too; its name alone. */
export function tellUndeclaredSecrets(
  names: Iterable<string>,
  { variables, secrets }: DeclaredTypes,
  tell: (text: string) => void,
): void {
  for (const name of names) {
    if (secrets.has(name)) continue;
    const guess = didYouMean(name, secrets);
    const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
    tell(
      variables.has(name)
        ? `${name} is declared as a variable, not as a secret.${hint}`
        : `${name} is a secret that nothing declares that runs there, nor at HEAD.${hint}`,
    );
  }
}

function typeName(value: VariableValue): string {
  return Array.isArray(value) ? 'list' : typeof value;
}
