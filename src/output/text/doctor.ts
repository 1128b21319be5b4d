// Text of `fox doctor`: one line per check, and below what isn't right how to mend it.
import type { DoctorResult, Finding } from '../../actions/doctor.ts';
import type { RoleList } from '../../actions/doctor/role.ts';
import type { Style } from '../style.ts';
import { yamlText } from '../yaml-text.ts';

/** What was found. */
export function doctorText({ items }: DoctorResult, style: Style): string {
  const width = Math.max(...items.map(({ check }) => check.length));
  return items.flatMap((finding) => findingLines(finding, width, style)).join('\n');
}

function findingLines(
  { check, status, detail, details, fix }: Finding,
  width: number,
  style: Style,
): string[] {
  const indent = ' '.repeat(width + 4);
  return [
    `${symbolOf(status, style)} ${style.bold(check.padEnd(width))}  ${detail}`,
    ...details.map((line) => `${indent}${line}`),
    ...(fix === undefined ? [] : [`${indent}${style.dim('→')} ${fix}`]),
  ];
}

/** Different signs, so that they tell without colours. */
function symbolOf(status: Finding['status'], style: Style): string {
  if (status === 'ok') return style.good('✔');
  return status === 'warning' ? style.warn('!') : style.bad('✖');
}

/** The Role as `kubectl apply -f -` takes it. */
export function roleText(list: RoleList): string {
  return yamlText(list);
}
