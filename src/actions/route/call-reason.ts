// Why a call leads where it leads, in words.
import { deploymentName } from '../../core/names.ts';
import type { HopExplanation } from '../../core/routing/explain/explain-hop.ts';
import type { Caller, Hop } from '../../core/routing/hop.ts';
import type { LivePairs } from '../../core/routing/table/routed-pairs.ts';

/** A sentence without its subject, which is the call. */
export function callReason(
  { by, pairs }: Pick<HopExplanation, 'by' | 'pairs'>,
  { context, component }: Pick<Hop, 'context' | 'component'>,
  caller: Pick<Caller, 'component'>,
): string {
  if (by === 'context') return `carries a context that this ${caller.component} is part of`;
  const names = pairNames(pairs);
  if (names.length === 1)
    return `comes from a ${caller.component} that only ${names.join('')} has: that is added as its context`;
  const agree = `comes from a ${caller.component} that ${shortened(names)} have in common; they agree on ${component}, and on what it and all below it are told`;
  return context === undefined
    ? `${agree}. No context is added`
    : `${agree}. One of them is added as its context, marked as shared`;
}

/** `order-app-v1 in dev`, for each pair; sorted. */
export function pairNames(pairs: readonly Omit<LivePairs, 'workloads'>[]): string[] {
  return pairs
    .flatMap(({ version: { app, name }, environments }) =>
      environments.map((environment) => `${deploymentName(app, name)} in ${environment}`),
    )
    .toSorted();
}

function shortened(names: readonly string[]): string {
  if (names.length <= 4) return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
  return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
