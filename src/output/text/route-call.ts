// Text of `fox route explain --from --to`: who calls, and where that leads with a context and without one.
import type { CallExplainResult, ExplainedHop } from '../../actions/route/call-result.ts';
import type { Style } from '../style.ts';
import { podText, workloadText } from './route-destination.ts';
import { problemLines, stepLines } from './route-steps.ts';

/** The caller, then each of the ways in which it may call. */
export function callExplainText({ caller, callee, hops, cluster }: CallExplainResult, style: Style): string {
  const { app, version, environment, component, forwardsContext, workload, pairs } = caller;
  const isStopped = cluster.state === 'stopped';
  const forwards = forwardsContext
    ? 'it declares to pass the context on'
    : 'it need not pass the context on: what it calls is part of its identity';
  return [
    `${style.bold(`${component} calls ${callee}`)}${style.dim(`  as ${app} ${version} in ${environment}`)}`,
    ...stepLines([['caller', workloadText(workload), `part of ${pairText(pairs)}`, forwards]], style),
    ...hops.flatMap((hop) => hopLines(hop, isStopped, style)),
  ].join('\n');
}

/** A workload may be shared by hundreds. */
const mostPairs = 6;

function pairText(pairs: readonly string[]): string {
  if (pairs.length === 0) return 'nothing that lives';
  const shown = pairs.slice(0, mostPairs).join(', ');
  return pairs.length > mostPairs ? `${shown} and ${pairs.length - mostPairs} more` : shown;
}

function hopLines(
  { baggage, why = '', destination, problem }: ExplainedHop,
  isStopped: boolean,
  style: Style,
): string[] {
  const head = baggage === undefined ? 'without baggage' : `with baggage: ${baggage}`;
  if (problem !== undefined) return [head, ...problemLines(problem, style).map((line) => `  ${line}`)];
  if (destination === undefined) return [head];
  const { component, version, environment, workload, headers } = destination;
  const where = version === undefined ? '' : ` of ${version} in ${environment ?? ''}`;
  return [
    head,
    ...stepLines(
      [
        ['component', `${component}${where}`, `the call ${why}`],
        ['workload', workloadText(workload), podText(workload, isStopped)],
        [
          'headers',
          headers.baggage === undefined ? 'no baggage of fox' : `baggage: ${headers.baggage}`,
          ...(headers.variables.length === 0 ? [] : [`x-fox-env: ${headers.variables.join(', ')}`]),
        ],
      ],
      style,
    ),
  ];
}
