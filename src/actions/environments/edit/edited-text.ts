// The text of a virtual environment that a person edits: what it says, with comments that explain it and name what is wrong.
import { environmentYaml } from '../../../config/environment-yaml.ts';
import { type EnvironmentFile, parseEnvironmentFile } from '../../../config/environment-file.ts';
import type { EnvironmentDefinition } from '../../../core/environments/environment-definition.ts';
import { FoxError } from '../../../core/errors.ts';
import type { EffectiveEnvironment } from '../../../core/environments/inheritance.ts';

/** Begins the lines that name problems: they are taken out again before the text is read. */
const problemMark = '#!';

/** The text to edit. `effective` is what is in force; undefined: it is broken. */
export function textToEdit(definition: EnvironmentDefinition, effective?: EffectiveEnvironment): string {
  const { name, expiresAt } = definition;
  const inherited = Object.entries(effective?.vars ?? {}).filter(
    ([each]) => !Object.hasOwn(definition.vars, each),
  );
  const comments = [
    `Virtual environment ${name}. Save and close to apply it; leave nothing to cancel.`,
    'It is replaced as a whole, but for secrets that fox keeps: what is left out goes, and what is inherited counts.',
    'Keys: parent, hosts, subPath, policy (testing, stable), access (open, signed, internal), sticky (true, false),',
    'skewProtection (30m, off), responseHeaders (true, false), ttl, vars, secrets.',
    ...(expiresAt === undefined
      ? []
      : [`It ends at ${expiresAt}. A ttl that is changed counts from now on.`]),
    ...(inherited.length === 0 ? [] : ['Inherited, unless vars says otherwise:']),
    ...inherited.map(([each, value]) => `  ${each}: ${JSON.stringify(value)}`),
  ];
  return `${comments.map((line) => `# ${line}\n`).join('')}${environmentYaml(definition)}`;
}

/** Whether nothing is left but comments. */
export function isEmptied(text: string): boolean {
  return text.split('\n').every((line) => line.trim() === '' || line.trim().startsWith('#'));
}

/** A text with the problem that it has above it, in comments. */
export function withProblem(text: string, problem: FoxError): string {
  return problemLines(problem).join('') + text;
}

/** The text without the problems above it. */
export function withoutProblem(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => !line.startsWith(problemMark));
  return lines.slice(first === -1 ? lines.length : first).join('\n');
}

function problemLines({ message, details, hints }: FoxError): string[] {
  const lines = ['Nothing was changed yet:', message, ...details.map((each) => `  ${each}`), ...hints];
  return [
    ...lines.flatMap((line) => line.split('\n')).map((line) => `${problemMark} ${line}\n`),
    `${problemMark}\n`,
  ];
}

/**
 * What a text says of the environment `name`. Lines are counted as they will be once the problems stand above it.
 * @throws FoxError CONFIG_INVALID.
 */
export function readEdited(text: string, name: string): EnvironmentFile {
  try {
    return readOne(text, name);
  } catch (error) {
    if (!(error instanceof FoxError)) throw error;
    return readOne('\n'.repeat(problemLines(error).length) + text, name);
  }
}

function readOne(text: string, name: string): EnvironmentFile {
  const [file, ...others] = parseEnvironmentFile(text, `${name}.yaml`);
  if (file === undefined || others.length > 0)
    throw new FoxError('CONFIG_INVALID', `this is the text of ${name} alone`, {
      hints: ['`fox env apply -f <file>` takes several virtual environments.'],
    });
  if (file.name === name) return file;
  throw new FoxError(
    'CONFIG_INVALID',
    `it is ${name} that is edited: its name can't be changed to ${file.name}`,
    {
      hints: [`\`fox env apply -f <file>\` makes ${file.name} of the same text.`],
    },
  );
}
