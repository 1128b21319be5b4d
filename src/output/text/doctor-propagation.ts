// Text of `fox doctor propagation`: a line per component that calls others, and below it what to do.
import type { PropagationResult } from '../../actions/doctor/propagation.ts';
import type { ComponentPropagation } from '../../actions/doctor/propagation-verdict.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';

/** What the requests have shown. */
export function propagationText(
  { app, version, virtualEnv, requests, components }: PropagationResult,
  style: Style,
): string {
  const count = requests.length === 1 ? 'A marked request' : `${requests.length} marked requests`;
  const answers = [...new Set(requests.map(({ method, path, status }) => `${method} ${path} → ${status}`))];
  const head = [
    `${count} through ${style.bold(`${app} ${version}`)} in ${virtualEnv}:`,
    ...answers.map(indented),
  ];
  if (components.length === 0)
    return [...head, 'None of its components calls another: there is no context to pass on.'].join('\n');
  const rows = components.map((each) => [
    each.component,
    verdictText(each, style),
    each.forwardsContext ? 'yes' : 'no',
    callsText(each),
  ]);
  const table = tableLines(['COMPONENT', 'CONTEXT', 'DECLARED', 'CALLS'], rows, style.dim);
  const advice = components.flatMap((each) => adviceText(each).map((text) => `${style.dim('→')} ${text}`));
  return [...head, '', ...table, ...(advice.length === 0 ? [] : ['', ...advice])].join('\n');
}

function indented(text: string): string {
  return `  ${text}`;
}

function verdictText({ verdict, forwardsContext }: ComponentPropagation, style: Style): string {
  if (verdict === 'keeps') return style.good('keeps it');
  if (verdict === 'unclear') return style.dim('unclear');
  return forwardsContext ? style.bad('loses it') : style.warn('loses it');
}

/** `api-server 2 of 3` */
function callsText({ calls }: ComponentPropagation): string {
  if (calls.length === 0) return 'none';
  return calls
    .map(({ callee, carried, without }) => `${callee} ${carried} of ${carried + without}`)
    .join(', ');
}

function adviceText(component: ComponentPropagation): string[] {
  const { component: name, verdict, reason, propagation, advice, podsSaved = 0 } = component;
  if (verdict === 'unclear') return [`${name}: ${reasons[reason ?? 'no-calls']}`];
  if (advice === 'declare-forwards-context')
    return [`${name} could declare \`forwardsContext: true\`, which would save ${pods(podsSaved)} now`];
  if (advice === 'propagation-node')
    return [
      `${name} could have \`propagation: node\`: fox would then pass the context on, which would save ${pods(podsSaved)} now`,
    ];
  if (advice !== 'fix-or-undeclare') return [];
  return propagation === 'node'
    ? [
        `${name} has \`propagation: node\`, and loses the context all the same: call by <NAME>_URL, from the code that answers the request`,
      ]
    : [
        `${name} declares \`forwardsContext\`, and loses it: requests will fail where versions differ below it`,
      ];
}

const reasons: Readonly<Record<NonNullable<ComponentPropagation['reason']>, string>> = {
  'not-reached': 'no request came to it: try another `--path`',
  'no-calls': 'it made no calls: try another `--path`',
  'other-requests':
    'its calls may belong to other requests, or came by another router than the request did: try again, with a higher `--repeat`',
};

function pods(count: number): string {
  return count === 0 ? 'no pods' : count === 1 ? 'a pod' : `${count} pods`;
}
