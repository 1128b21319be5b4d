// Checks that a container that `fox logs` is asked for exists in some pod.
import type { V1Pod } from '@kubernetes/client-node';
import type { ApiClient } from '../../cluster/api/api-client.ts';
import { FoxError } from '../../core/errors.ts';
import { didYouMean } from '../../core/names.ts';
import type { LoggedPods } from './logged-pods.ts';

/** @throws FoxError NOT_FOUND with the containers that there are; where there are no pods yet, nothing is known. */
export async function requireContainer(
  client: ApiClient,
  container: string,
  { labelSelector, now }: Pick<LoggedPods, 'labelSelector' | 'now'>,
): Promise<void> {
  const wanted = new Set(now.map(({ uid }) => uid));
  const { items } = await client.list<V1Pod>('pods', { labelSelector });
  const specs = items.flatMap(({ metadata, spec }) =>
    wanted.has(metadata?.uid ?? '') && spec !== undefined ? spec : [],
  );
  const containers = specs.flatMap(({ containers: own, initContainers = [] }) => [...own, ...initContainers]);
  const known = [...new Set(containers.map(({ name }) => name))].toSorted();
  if (known.length === 0 || known.includes(container)) return;
  const guess = didYouMean(container, known);
  throw new FoxError('NOT_FOUND', `no container "${container}"; there is: ${known.join(', ')}`, {
    hints: guess === undefined ? [] : [`Did you mean \`${guess}\`?`],
  });
}
