// Rules by which a cluster refuses what a user is allowed to do, as its API tells of them: quotas, policies, webhooks, its own checks.

/** What helps, by what the API says when a rule is broken; the first that fits. */
const rules: readonly { readonly said: RegExp; readonly hint: string }[] = [
  {
    said: /failed calling webhook/,
    hint: "A webhook of this cluster doesn't answer: whoever runs the cluster must mend it. Then run the command again.",
  },
  {
    said: /failed quota: .*must specify/,
    hint: 'A quota counts these: name them in `resources: {requests: …, limits: …}` of the component in the config.',
  },
  {
    said: /exceeded quota/,
    hint: '`kubectl describe quota` shows what the namespace may use; `fox prune` and `fox delete` free some of it.',
  },
  {
    said: /admission webhook|ValidatingAdmissionPolicy|denied (?:the )?request/,
    hint: 'That is a rule of this cluster; the component must obey it, or whoever runs the cluster allow it.',
  },
  { said: /is invalid: /, hint: 'Check what the config says of this component, above all `podTemplate`.' },
  {
    said: /because it is being terminated/,
    hint: 'Wait until it is gone, then `kubectl create namespace` makes it anew; or name another with `--namespace`.',
  },
];

/** What to try against a rule that an answer tells of; undefined if it tells of none. */
export function ruleHint(message: string): string | undefined {
  return rules.find(({ said }) => said.test(message))?.hint;
}
