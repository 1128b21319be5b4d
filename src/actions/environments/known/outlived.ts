// Virtual environments whose time is over before that of others which inherit from them: they end only once those have.
import type { NamespaceState } from '../../../cluster/namespace.ts';
import { descendantsOf } from '../../../core/environments/inheritance.ts';
import { isExpired } from '../../../core/environments/time-to-live.ts';
import type { ActionContext } from '../../context.ts';
import type { ChangePlan } from '../change/change-plan.ts';
import { definitionsOf } from './known-environments.ts';

/** Names of what inherits from an environment and goes on at a moment (ms since 1970), sorted. */
export function outliving(
  { environments }: Pick<NamespaceState, 'environments'>,
  name: string,
  moment: number,
): string[] {
  const definitions = definitionsOf(environments);
  const defaults = environments.filter(({ isDefault }) => isDefault).map((each) => each.definition.name);
  return descendantsOf(definitions, name)
    .filter((each) => defaults.includes(each) || !isExpired(definitions.get(each) ?? {}, moment))
    .toSorted();
}

/** Tells whose end will have to wait, where a change says how long an environment lives, or from which it inherits. */
export function tellOutlived(
  { environments, after, next }: ChangePlan,
  { emit }: Pick<ActionContext, 'emit'>,
): void {
  const changed = new Set(
    environments
      .filter(({ changes }) => changes.some((each) => each.name === 'expiresAt' || each.name === 'parent'))
      .map(({ name }) => name),
  );
  for (const { name, expiresAt } of after.values()) {
    if (expiresAt === undefined) continue;
    const others = outliving(next, name, Date.parse(expiresAt));
    if (!changed.has(name) && !others.some((each) => changed.has(each))) continue;
    if (others.length === 0) continue;
    const [which, ends] = others.length === 1 ? ['which inherits', 'has'] : ['which inherit', 'have'];
    const text = `${name} won't end at ${expiresAt}: it waits until ${others.join(', ')}, ${which} from it, ${ends} ended`;
    emit({ type: 'info', text });
  }
}
