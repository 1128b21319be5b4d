// What is wrong with a virtual environment's definition by itself, whoever has written it: names, values, addresses, size.
import type { VariableValue } from '../../../core/version/app.ts';
import { hostProblem, subPathProblem } from '../../../core/environments/environment-address.ts';
import { variableText } from '../../../core/environments/environment.ts';
import type { EnvironmentDefinition } from '../../../core/environments/environment-definition.ts';
import { nameProblem, variableNameProblem } from '../../../core/names.ts';
import { maxSecretBytes as maxVariableBytes } from '../../../core/environments/secret-value.ts';
import { skewProtectionProblem } from '../../../core/environments/skew-protection.ts';
import { timeToLiveProblem } from '../../../core/environments/time-to-live.ts';
import { isInexact, textProblem } from '../../../core/environments/variable-value.ts';

/** Bytes that Kubernetes lets a ConfigMap hold: its keys and values together. */
const maxDefinitionBytes = 1024 * 1024;

const key = 'environment';

/** What can't be said of any environment: each as a sentence without its subject, as in `vars.THEME holds a NUL character`. */
export function partProblems(definition: EnvironmentDefinition): string[] {
  const { name, parent, vars, secrets = {}, hosts = [], subPath, skewProtection, ttl } = definition;
  const names = [...Object.keys(vars), ...Object.keys(secrets)];
  return [
    ...told(`the name "${name}"`, nameProblem(name)),
    ...(parent === undefined ? [] : told(`the parent's name "${parent}"`, nameProblem(parent))),
    ...[...new Set(names)].flatMap((each) => told(`"${each}"`, variableNameProblem(each))),
    ...Object.entries(vars).flatMap(([each, value]) => told(`vars.${each}`, valueProblem(value))),
    ...hosts.flatMap((host) => told(`"${host}"`, hostProblem(host))),
    ...hosts.flatMap((host, index) => (hosts.indexOf(host) < index ? [`host ${host} is given twice`] : [])),
    ...(subPath === undefined ? [] : told(`the sub-path "${subPath}"`, subPathProblem(subPath))),
    ...(skewProtection === undefined
      ? []
      : told(`the skew protection "${skewProtection}"`, skewProtectionProblem(skewProtection))),
    ...(ttl === undefined ? [] : told(`"${ttl}"`, timeToLiveProblem(ttl))),
  ];
}

/** What doesn't go with all else that the environment says, and may have said before; told likewise. */
export function wholeProblems(definition: EnvironmentDefinition): string[] {
  const { vars, secrets = {} } = definition;
  return [
    ...Object.keys(secrets).flatMap((each) =>
      Object.hasOwn(vars, each) ? [`${each} is both a variable and a secret`] : [],
    ),
    ...sizeProblems(definition),
  ];
}

function told(subject: string, problem: string | undefined): string[] {
  return problem === undefined ? [] : [`${subject} ${problem}`];
}

/** Why nothing can have such a value, as a sentence without its subject; undefined if it can. */
export function valueProblem(value: VariableValue): string | undefined {
  if (typeof value === 'object')
    return value.map(valueProblem).find((each) => each !== undefined) ?? lengthProblem(value);
  if (typeof value === 'number') return numberProblem(value);
  if (typeof value !== 'string') return undefined;
  return textProblem(value) ?? lengthProblem(value);
}

/** What no process can be given is of no use to anybody. */
function lengthProblem(value: VariableValue): string | undefined {
  const bytes = Buffer.byteLength(variableText(value));
  return bytes <= maxVariableBytes
    ? undefined
    : `has ${bytes} bytes; a variable of a process holds ${maxVariableBytes}`;
}

function numberProblem(value: number): string | undefined {
  if (!Number.isFinite(value)) return 'is not a finite number';
  return isInexact(value) ? 'is too large a number to be held exactly: put it in quotes' : undefined;
}

function sizeProblems(definition: EnvironmentDefinition): string[] {
  const bytes = Buffer.byteLength(JSON.stringify(definition)) + key.length;
  if (bytes <= maxDefinitionBytes) return [];
  return [`it would have ${bytes} bytes; a ConfigMap holds ${maxDefinitionBytes}`];
}
