// Text of what became of virtual environments: a line for each, then what was made, what left, and who serves it.
import type { EnvironmentChangeResult } from '../../actions/environments/change/change-result.ts';
import type {
  ChangedEnvironment,
  ChangedValue,
  ValueChange,
} from '../../actions/environments/change/environment-change.ts';
import { shortFingerprint } from '../../core/environments/fingerprint.ts';
import type { Style } from '../style.ts';
import { quoted, shortened, variableLine } from './value.ts';

export function environmentChangeText(result: EnvironmentChangeResult, style: Style): string {
  const { environments, held, dryRun } = result;
  const lines = environments.map((each) => environmentLine(each, dryRun, style));
  if (lines.length === 0) lines.push('There is nothing to change');
  const kept = held.map(
    ({ app, version, environment }) =>
      `  released ${app} ${version} keeps what it was released with; \`fox release ${version} -e ${environment}\` takes this over`,
  );
  const rest = [...workloadLines(result), ...kept.map((line) => style.dim(line)), ...routerLines(result)];
  const end = dryRun ? [style.dim('Nothing was changed (--dry-run).')] : [];
  return [...lines, ...rest, ...end].join('\n');
}

function environmentLine(
  { name, action, changes }: ChangedEnvironment,
  dryRun: boolean,
  style: Style,
): string {
  const mark = dryRun ? '' : `${style.good('✔')} `;
  if (action === 'unchanged') return `${mark}${style.bold(name)} is unchanged`;
  const what = dryRun ? `would be ${action}` : `is ${action}`;
  const values = changes.filter((change) => !ofLife.has(change.name) && change.name !== 'accessKey');
  const shown = [
    ...values.map((change) => changeText(change, action === 'created')),
    ...lifeText(changes),
  ].join(' · ');
  return `${mark}${style.bold(name)} ${what}${shown === '' ? '' : `: ${shown}`}`;
}

/** What together says how long it lives. */
const ofLife: ReadonlySet<string> = new Set(['ttl', 'expiresAt']);

/** `lives 72h, until 2026-01-04T03:04:05Z`; nothing where that stays as it was. */
function lifeText(changes: readonly ValueChange[]): string[] {
  const [ttl, end] = ['ttl', 'expiresAt'].map((name) => changes.find((each) => each.name === name));
  if (ttl === undefined && end === undefined) return [];
  const [length, until] = [ttl?.after, end?.after].map((each) =>
    typeof each === 'string' ? each : undefined,
  );
  const now = [
    ...(length === undefined ? [] : [variableLine(length)]),
    ...(until === undefined ? [] : [`until ${variableLine(until)}`]),
  ];
  return [now.length === 0 ? 'lives until somebody deletes it' : `lives ${now.join(', ')}`];
}

/** `THEME light → dark` · `THEME dark` where it is new · `THEME unset` where it goes. */
function changeText({ name, before, after }: ValueChange, isNew: boolean): string {
  const subject = name.replace(/^(vars|secrets)\./, '');
  if (after === undefined) return `${subject} unset`;
  if (before === undefined) return `${subject} ${isNew ? '' : '= '}${valueText(after)}`;
  // A list beside a text, or a number beside the text of it, look alike.
  return `${subject} ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: ChangedValue): string {
  if (isSecret(value)) {
    const { fingerprint, from } = value;
    return `•••• ${shortFingerprint(fingerprint)}${from === undefined ? '' : ` from ${from}`}`;
  }
  return shortened(isPlain(value) ? variableLine(value) : quoted(value));
}

/** A text that can't be taken for something else, or for the end of the value. */
function isPlain(value: ChangedValue): value is string {
  return typeof value === 'string' && /^[^\s"'[\]{}·→]+$/.test(value) && !/^(-?\d|true$|false$)/.test(value);
}

function isSecret(
  value: ChangedValue,
): value is Exclude<ChangedValue, string | number | boolean | readonly unknown[]> {
  return typeof value === 'object' && 'fingerprint' in value;
}

function workloadLines({ workloads: { create, remove }, dryRun }: EnvironmentChangeResult): string[] {
  const line = (names: readonly string[], done: string, planned: string) =>
    names.length === 0
      ? []
      : [`  ${dryRun ? planned : done} ${countText(names.length)}: ${names.join(', ')}`];
  return [...line(create, 'made', 'would make'), ...line(remove, 'removed', 'would remove')];
}

function countText(count: number): string {
  return count === 1 ? '1 workload' : `${count} workloads`;
}

function routerLines({ routers: { acked, total }, flipMs, dryRun }: EnvironmentChangeResult): string[] {
  if (dryRun || flipMs === undefined || total === 0) return [];
  return [`  live on ${acked}/${total} routers in ${Math.round(flipMs)} ms`];
}
