// Text of several virtual environments: the list of all, and what two of them say differently.
import type { EnvironmentDiffResult } from '../../actions/environments/diff.ts';
import type { EnvironmentItem, EnvironmentListResult } from '../../actions/environments/list.ts';
import { timeLeftText } from '../../core/environments/time-to-live.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';
import { valueText } from './value.ts';

/** One row per environment, each below its parent. */
export function environmentListText({ items }: EnvironmentListResult, style: Style): string {
  if (items.length === 0)
    return 'There is no virtual environment yet: the first deploy makes the default one.';
  const apps = new Set(
    items.flatMap(({ versions, released }) => [...versions.map(({ app }) => app), ...Object.keys(released)]),
  );
  const named = (app: string, version: string) => (apps.size > 1 ? `${app} ${version}` : version);
  const rows = inTree(items).map(({ item, depth }) => [
    `${'  '.repeat(depth)}${item.broken === undefined ? item.name : style.bad(item.name)}${item.isDefault ? ' *' : ''}`,
    item.policy ?? '-',
    item.access ?? '-',
    addresses(item) || '-',
    timeText(item) ?? '-',
    item.versions.map(({ app, version }) => named(app, version)).join(', ') || '-',
    Object.entries(item.released)
      .map(([app, version]) => named(app, version))
      .join(', ') || '-',
  ]);
  return [
    ...tableLines(['NAME', 'POLICY', 'ACCESS', 'PLAIN URLS', 'TIME', 'RUNS', 'RELEASED'], rows, style.dim),
    ...(items.some(({ isDefault }) => isDefault)
      ? [style.dim('* of plain traffic that says nothing else')]
      : []),
    ...items.flatMap(({ name, broken }) => (broken === undefined ? [] : [brokenText(name, broken, style)])),
  ].join('\n');
}

/** `team-a can't be used: its parent dev doesn't exist` */
export function brokenText(name: string, why: string, style: Style): string {
  return `${style.bad('✘')} ${name} can't be used: ${why}`;
}

/** What is left of its time, or what its end waits for; undefined: it never ends. */
export function timeText({ timeLeft, waitsFor }: EnvironmentItem): string | undefined {
  if (timeLeft === undefined) return undefined;
  return waitsFor === undefined ? timeLeftText(timeLeft) : `over, waits for ${waitsFor.join(', ')}`;
}

/** Hosts and the sub-path, by which plain requests get there. */
export function addresses({ hosts, subPath }: Pick<EnvironmentItem, 'hosts' | 'subPath'>): string {
  return [...hosts, ...(subPath === undefined ? [] : [`/${subPath}`])].join(', ');
}

/** Each item below its parent. Those whose parent isn't there, or that go round in a circle, begin anew. */
function inTree(items: readonly EnvironmentItem[]): { item: EnvironmentItem; depth: number }[] {
  const names = new Set(items.map(({ name }) => name));
  const rows: { item: EnvironmentItem; depth: number }[] = [];
  const seen = new Set<EnvironmentItem>();
  const add = (item: EnvironmentItem, depth: number) => {
    if (seen.has(item)) return;
    seen.add(item);
    rows.push({ item, depth });
    for (const child of items) if (child.parent === item.name) add(child, depth + 1);
  };
  for (const item of items) if (item.parent === undefined || !names.has(item.parent)) add(item, 0);
  for (const item of items) add(item, 0);
  return rows;
}

/** What differs, side by side; equal values that only come from elsewhere in one line. */
export function environmentDiffText(diff: EnvironmentDiffResult, style: Style): string {
  const { one, other, settings, values, same } = diff;
  const broken = [one, other].flatMap((each) =>
    each.broken === undefined
      ? []
      : [`${brokenText(each.name, each.broken, style)}; what it says itself is compared`],
  );
  const side = (name: string, value: EnvironmentDiffResult['values'][number]['one']) =>
    value === undefined
      ? '-'
      : `${valueText(value)}${value.origin === name ? '' : style.dim(` (${value.origin})`)}`;
  const rows = [
    ...settings.map((each) => [each.name, each.one ?? '-', each.other ?? '-']),
    ...values
      .filter(({ equal }) => !equal)
      .map((each) => [each.name, side(one.name, each.one), side(other.name, each.other)]),
  ];
  const equal = values.filter((each) => each.equal).map(({ name }) => name);
  return [
    ...broken,
    ...(rows.length === 0 ? [] : tableLines(['', one.name, other.name], rows, style.dim)),
    ...(same ? [`${one.name} and ${other.name} have the same values and settings`] : []),
    ...(equal.length === 0 ? [] : [style.dim(`Equal, though not said in the same way: ${equal.join(', ')}`)]),
  ].join('\n');
}
