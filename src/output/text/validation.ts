// Text of a validation: the config, and what it finds in virtual environments.
import type { ValidateResult } from '../../actions/validate.ts';
import type { Style } from '../style.ts';

export function validateText({ file, app, components, environments }: ValidateResult, style: Style): string {
  return [
    `${style.good('✔')} ${file} is valid: ${app} with ${components.join(', ')}`,
    ...environments.flatMap((each) => environmentLines(each, app, style)),
  ].join('\n');
}

function environmentLines(
  { name, valid, broken, problems, unused, untold }: ValidateResult['environments'][number],
  app: string,
  style: Style,
): string[] {
  const head = valid ? validHead(name, app, untold, style) : `${style.bad('✘')} ${name}`;
  return [
    broken === undefined ? head : `${head} can't be used: ${broken}`,
    ...problems.map(({ path, message }) => `  ${path} ${message}`),
    ...unused.map(({ path, origin, near }) => {
      const where = origin === name ? path : `${path} of ${origin}`;
      const guess = near === undefined ? '' : `; did you mean ${near}?`;
      return `  ${style.warn('unused')}: ${where}: nothing here declares it${guess}`;
    }),
    ...(untold.length === 0 ? [] : [`  ${style.dim(untoldText(name, untold))}`]),
  ];
}

/** What nobody can tell is no success. */
function validHead(name: string, app: string, untold: readonly string[], style: Style): string {
  if (untold.length === 0) return `${style.good('✔')} ${name} has all that ${app} needs`;
  return `${style.warn('!')} ${name} has all that ${app} needs but for secrets, which no file holds: ${untold.join(', ')}`;
}

function untoldText(name: string, untold: readonly string[]): string {
  const [secrets, them] = untold.length === 1 ? ['secret', 'it'] : ['secrets', 'them'];
  return `${secrets} ${untold.join(', ')}: \`fox validate -e ${name}\` tells whether the cluster has ${them}, \`fox env set -e ${name} --secret ${untold[0] ?? ''}\` sets ${untold.length === 1 ? 'it' : 'one'}`;
}
