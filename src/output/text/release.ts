// Text of a release, a rollback and the history.
import type { HistoryItem, HistoryResult } from '../../actions/history.ts';
import type { ReleaseResult } from '../../actions/release.ts';
import type { ValueChange } from '../../actions/environments/change/environment-change.ts';
import { shortFingerprint } from '../../core/environments/fingerprint.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';
import { variableLine } from './value.ts';

/** What moved where, with which configuration, and how long it took. */
export function releaseText(result: ReleaseResult, style: Style): string {
  const { app, version, previous, virtualEnv, revision, routers, flipMs } = result;
  const name = style.bold(`${app} ${version}`);
  if (result.unchanged)
    return `${name} is released already in ${virtualEnv} (revision ${revision}); nothing to do`;
  const from = previous === undefined ? '' : `, before: ${previous}`;
  const more = detailLines(result).map((line) => `\n  ${line}`);
  const live = `live on ${routers.acked}/${routers.total} routers`;
  if (result.completed === true)
    return `${name} is released in ${virtualEnv} (revision ${revision}) as before; what was missing is there again${more.join('')}\n  ${live}`;
  if (result.dryRun)
    return `${name} would be released in ${virtualEnv} as revision ${revision}${from}${more.join('')}\n${style.dim('Nothing was changed (--dry-run).')}`;
  const what =
    result.kind === 'rollback'
      ? `${app} is rolled back to ${style.bold(version)} in`
      : `${name} is released in`;
  return `${what} ${virtualEnv} (revision ${revision}${from})${more.join('')}\n  ${live} in ${Math.round(flipMs ?? 0)} ms`;
}

/** What was made first, what it holds on to, and what of that is new. */
function detailLines({ virtualEnv, created, configuration, changes = [] }: ReleaseResult): string[] {
  const made = `${created} ${created === 1 ? 'workload' : 'workloads'} made for ${virtualEnv} first`;
  const held = `with the configuration ${configuration?.slice(0, 8)} of ${virtualEnv}, which stays so until the next release`;
  return [
    ...(created === 0 ? [] : [made]),
    ...(configuration === undefined ? [] : [held]),
    ...changes.map(({ name, before, after }) => `  ${name}: ${valueText(before)} → ${valueText(after)}`),
  ];
}

function valueText(value: ValueChange['after']): string {
  if (value === undefined) return '(none)';
  if (typeof value === 'object' && 'fingerprint' in value)
    return `fingerprint ${shortFingerprint(value.fingerprint)}`;
  return variableLine(value);
}

/** Releases, newest first. */
export function historyText({ items }: HistoryResult, style: Style): string {
  if (items.length === 0) return 'Nothing was released yet.';
  const isHeld = items.some(({ configuration }) => configuration !== undefined);
  const rows = items.map(({ virtualEnv, revision, current, from, to, configuration, by, reason, at }) => [
    virtualEnv,
    String(revision),
    `${from ?? '-'} → ${to}${current ? ' *' : ''}`,
    ...(isHeld ? [configurationText(configuration)] : []),
    at.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
    by,
    reason,
  ]);
  const headings = [
    'ENVIRONMENT',
    'REVISION',
    'RELEASE',
    ...(isHeld ? ['CONFIGURATION'] : []),
    'AT',
    'BY',
    'REASON',
  ];
  return tableLines(headings, rows, style.dim).join('\n');
}

/** `of 3 (1a2b3c4d)`: taken for revision 3. */
function configurationText(configuration: HistoryItem['configuration']): string {
  if (configuration === undefined) return '-';
  const { revision, digest } = configuration;
  return digest === undefined ? `of ${revision}` : `of ${revision} (${digest.slice(0, 8)})`;
}
