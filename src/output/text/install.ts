// Text of install and uninstall: which objects came, changed or went, and how the routers are reached.
import type { InstallResult, ObjectList } from '../../actions/install.ts';
import type { UninstallResult } from '../../actions/uninstall.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';

export function installText(result: InstallResult, style: Style): string {
  const { namespace, version, previous, routers, objects } = result;
  const plural = routers.ready === 1 ? 'router' : 'routers';
  const what = previous === undefined || previous === version ? '' : `, before: fox ${previous}`;
  const rows = objects.map(({ kind, name, action }) => [kind, name, action]);
  return [
    `${style.good('✔')} ${routers.ready} ${plural} and the keeper of fox ${version} in namespace ${namespace}${what}`,
    ...tableLines(['KIND', 'NAME', 'ACTION'], rows, style.dim),
    '',
    reachText(result, style),
  ].join('\n');
}

function reachText({ url, via }: InstallResult, style: Style): string {
  if (url !== undefined) return `Reached at ${style.accent(url)}`;
  if (via === 'load-balancer')
    return `The load balancer has no address yet; ${style.accent('fox status')} shows it. Until then: ${style.accent('fox proxy')}`;
  return `Nothing leads to it from outside of the cluster: ${style.accent('fox proxy')} does, for you. Others: ${style.dim('--service-type, --ingress, --gateway')}`;
}

/** What would be applied, by name; the objects themselves are shown by `-o yaml`. */
export function objectListText({ items }: ObjectList, style: Style): string {
  const rows = items.map(({ kind = '', metadata }) => [kind, metadata?.name ?? '']);
  return [
    ...tableLines(['KIND', 'NAME'], rows, style.dim),
    style.dim('Nothing was changed (--dry-run). `-o yaml` shows the objects as kubectl applies them.'),
  ].join('\n');
}

export function uninstallText(result: UninstallResult, style: Style): string {
  const { items } = result;
  if (items.length === 0) return removedText(result, style);
  const rows = items.map(({ kind, name, what }) => [kind, name, what]);
  return [...tableLines(['KIND', 'NAME', 'WHAT IT IS'], rows, style.dim), removedText(result, style)].join(
    '\n',
  );
}

/** How it ended, for whoever has just seen what was to be removed. */
export function removedText({ items, kept, dryRun, namespace }: UninstallResult, style: Style): string {
  if (items.length === 0) return `Nothing of fox's is in namespace ${namespace}.`;
  const end = dryRun ? 'Nothing was changed (--dry-run).' : `Removed ${items.length}.`;
  return [
    style.dim(end),
    ...kept.map(({ kind, name, why }) => style.dim(`Kept: ${kind} ${name}, ${why}.`)),
  ].join('\n');
}
