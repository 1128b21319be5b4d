// Text of a release, a rollback and the history.
import type { HistoryResult } from '../../actions/history.ts';
import type { ReleaseResult } from '../../actions/release.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';

/** What moved where, and how long it took. */
export function releaseText(result: ReleaseResult, style: Style): string {
  const { app, version, previous, virtualEnv, revision, routers, flipMs, created } = result;
  const name = style.bold(`${app} ${version}`);
  if (result.unchanged)
    return `${name} is released already in ${virtualEnv} (revision ${revision}); nothing to do`;
  const from = previous === undefined ? '' : `, before: ${previous}`;
  const made =
    created === 0
      ? ''
      : `\n  ${created} ${created === 1 ? 'workload' : 'workloads'} made for ${virtualEnv} first`;
  if (result.completed === true)
    return `${name} is released in ${virtualEnv} (revision ${revision}) as before; what was missing is there again${made}\n  live on ${routers.acked}/${routers.total} routers`;
  if (result.dryRun)
    return `${name} would be released in ${virtualEnv} as revision ${revision}${from}${made}\n${style.dim('Nothing was changed (--dry-run).')}`;
  const what =
    result.kind === 'rollback'
      ? `${app} is rolled back to ${style.bold(version)} in`
      : `${name} is released in`;
  return `${what} ${virtualEnv} (revision ${revision}${from})${made}\n  live on ${routers.acked}/${routers.total} routers in ${Math.round(flipMs ?? 0)} ms`;
}

/** Releases, newest first. */
export function historyText({ items }: HistoryResult, style: Style): string {
  if (items.length === 0) return 'Nothing was released yet.';
  const rows = items.map(({ virtualEnv, revision, current, from, to, by, reason, at }) => [
    virtualEnv,
    String(revision),
    `${from ?? '-'} → ${to}${current ? ' *' : ''}`,
    at.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
    by,
    reason,
  ]);
  return tableLines(['ENVIRONMENT', 'REVISION', 'RELEASE', 'AT', 'BY', 'REASON'], rows, style.dim).join('\n');
}
