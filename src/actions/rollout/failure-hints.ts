// What to try when a workload doesn't become ready, by its cause and by where it runs.
import type { Cause } from '../../cluster/rollout/cause.ts';
import type { PodView } from '../../cluster/objects/pod-object.ts';
import { kubectlCommand } from '../session/kubectl-command.ts';
import { ruleHint } from '../session/cluster-rule.ts';
import type { RolloutPlace } from './rollout-place.ts';

/** What is known of the failure. */
export interface FailureContext extends RolloutPlace {
  readonly cause?: Cause;
  readonly pod?: PodView;
  readonly namespace: string;
  readonly undone?: string;
  /** `fox prune` removes the pods. Default: it does. */
  readonly isPrunable?: boolean;
}

/** One or two things to try, then what has not happened and how to clean up. */
export function failureHints(context: FailureContext): string[] {
  const { cause, cluster, undone, isPrunable = true } = context;
  const isKubernetes = cluster?.kind === 'kubernetes';
  // What the pod's other containers do isn't the component's own matter.
  const isOwn = cause?.container === undefined || cause.container === context.pod?.component;
  const isKnown = cause !== undefined || context.pod !== undefined;
  const rule = cause?.kind === 'admission' ? ruleHint(cause.text) : undefined;
  const byKind = isKnown && isOwn ? causeHints(cause ?? { kind: 'unready', text: '' }, isKubernetes) : [];
  const own = rule === undefined ? byKind : [rule];
  const end = [
    ...(undone === undefined ? [] : [undone]),
    ...(isPrunable ? ['`fox prune` removes the pods that were started.'] : []),
  ];
  return [
    ...own,
    ...(isKubernetes ? inspection(context) : noPodHint(context)),
    ...(end.length === 0 ? [] : [end.join(' ')]),
  ];
}

function causeHints({ kind, text }: Pick<Cause, 'kind' | 'text'>, isKubernetes: boolean): string[] {
  switch (kind) {
    case 'image':
      return isKubernetes
        ? ["The cluster's nodes must reach the registry, and may need credentials for it (imagePullSecrets)."]
        : ['`fox deploy <version>` builds images that are missing.'];
    case 'unready':
      if (/HTTP probe failed with statuscode/.test(text))
        return ['What `health` names must answer with a status from 200 to 399.'];
      return ['A component must serve HTTP on the port in $PORT.'];
    case 'crash':
      return ['A component must serve HTTP on the port in $PORT.'];
    case 'memory':
      return ["Raise the component's `resources.limits.memory`, or have it use less."];
    case 'scheduling':
      return ['Add a node that fits, or change what the component asks for: its resources and nodeSelector.'];
    case 'quota':
      return ['`fox prune` and `fox delete <version>` free what is used; or have the quota raised.'];
    case 'admission':
      return [
        'That is a rule of this cluster; the component must obey it, or whoever runs the cluster allow it.',
      ];
    case 'platform':
      return [
        "`platforms` in the config must name what the cluster's nodes are, and its images must be for it: `kubectl get nodes -L kubernetes.io/arch`.",
      ];
    case 'settings':
    case 'command':
    case 'node':
    case 'deadline':
      return [];
    default:
      return kind satisfies never;
  }
}

function noPodHint({ cause, pod }: FailureContext): string[] {
  return cause === undefined && pod === undefined
    ? ["`fox cluster status` and the cluster's log tell more."]
    : [];
}

/** The commands with which one looks further. */
function inspection({ cluster, namespace, pod, cause }: FailureContext): string[] {
  const kubectl = kubectlCommand({ cluster, namespace });
  if (pod === undefined) return [`\`${kubectl} get events\` tells more.`];
  const container = cause?.container === undefined ? '' : ` -c ${cause.container}`;
  const previous = pod.restarts > 0 ? ' --previous' : '';
  const hasLog = container !== '' && !['image', 'settings'].includes(cause?.kind ?? '');
  const logs = hasLog ? [`\`${kubectl} logs ${pod.name}${container}${previous}\``] : [];
  const describe = `\`${kubectl} describe pod ${pod.name}\``;
  return logs.length === 0 ? [`${describe} tells more.`] : [`${describe} and ${logs.join()} tell more.`];
}
