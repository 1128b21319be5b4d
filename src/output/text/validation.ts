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
  const head = valid ? `${style.good('✔')} ${name} has all that ${app} needs` : `${style.bad('✘')} ${name}`;
  return [
    broken === undefined ? head : `${head} can't be used: ${broken}`,
    ...problems.map(({ path, message }) => `  ${path} ${message}`),
    ...unused.map(({ path, origin, near }) => {
      const where = origin === name ? path : `${path} of ${origin}`;
      const guess = near === undefined ? '' : `; did you mean ${near}?`;
      return `  ${style.warn('unused')}: ${where}: nothing here declares it${guess}`;
    }),
    ...(untold.length === 0
      ? []
      : [`  ${style.dim(`not in files: secrets ${untold.join(', ')}; \`fox env set --secret\` sets them`)}`]),
  ];
}
