// The shape of a component's pod settings: what Kubernetes is to give its pods, and how many there are.
import * as z from 'zod';
import { spreadOver } from '../core/version/pod-settings.ts';
import {
  countOrShare,
  duration,
  filled,
  flag,
  list,
  map,
  text,
  texts,
  urlPath,
  wholeNumber,
} from './schema-terms.ts';

const amounts = z.record(
  z.string(),
  z.union([z.string(), z.number()], { error: 'must be an amount, such as 250m or 128Mi' }),
  { error: `${map}, such as { cpu: 250m, memory: 128Mi }` },
);

const resources = z.strictObject(
  {
    requests: amounts.optional().describe('What each pod is sure to have: { cpu: 250m, memory: 128Mi }'),
    limits: amounts.optional().describe('What each pod has at most'),
  },
  { error: `${map} with the keys requests and limits` },
);

const timing = {
  period: duration().optional(),
  timeout: duration().optional(),
  failures: wholeNumber(1, 1000).optional(),
};

const startup = z.strictObject(
  {
    path: urlPath().optional().describe('Path that answers 2xx or 3xx. Default: that of health'),
    period: timing.period.describe('How often it is asked. Default: 2s'),
    timeout: timing.timeout.describe('How long an answer may take. Default: 2s'),
    failures: timing.failures.describe('Failures in a row until it is started again. Default: 30'),
  },
  { error: `${map}, such as { failures: 60 }` },
);

const liveness = z.strictObject(
  {
    path: urlPath().optional().describe('Path that answers 2xx or 3xx. Default: that of health'),
    period: timing.period.describe('How often it is asked. Default: 10s'),
    timeout: timing.timeout.describe('How long an answer may take. Default: 5s'),
    failures: timing.failures.describe('Failures in a row until it is started again. Default: 3'),
  },
  { error: `${map}, such as { path: /livez }` },
);

/** When a component is ready, has started, and lives. */
export const health = z.strictObject(
  {
    path: urlPath()
      .optional()
      .describe(
        'Path that answers 2xx or 3xx when the component is ready. Default: a connection to $PORT is enough',
      ),
    period: timing.period.describe('How often it is asked whether it is ready. Default: 2s'),
    timeout: timing.timeout.describe('How long an answer may take. Default: 2s'),
    failures: timing.failures.describe('Failures in a row until it counts as not ready. Default: 3'),
    startup: startup
      .optional()
      .describe('For a component that starts slowly: until this succeeds once, nothing else is asked'),
    liveness: liveness.optional().describe('When a pod is started again though it still runs'),
  },
  { error: `${map}, such as { path: /healthz }` },
);

const capability = text().regex(/^[A-Z][A-Z_]*$/, {
  error: 'must be a capability in capitals, such as NET_BIND_SERVICE',
});

const securityContext = z.strictObject(
  {
    runAsNonRoot: flag()
      .optional()
      .describe('Refuse to run as root, and run without any capability. Default: false'),
    runAsUser: wholeNumber(0, 2_147_483_647).optional().describe("Number of the user. Default: the image's"),
    runAsGroup: wholeNumber(0, 2_147_483_647)
      .optional()
      .describe("Number of the group. Default: the image's"),
    readOnlyRootFilesystem: flag().optional().describe('It writes to no file of its image. Default: false'),
    allowPrivilegeEscalation: flag()
      .optional()
      .describe('Programs may gain rights, as sudo does. Default: false'),
    capabilities: z
      .strictObject(
        {
          add: list(capability, '[NET_BIND_SERVICE]').optional().describe('Capabilities that it has'),
          drop: list(capability, '[ALL]').optional().describe("Capabilities that it doesn't have"),
        },
        { error: map },
      )
      .optional()
      .describe(
        'Instead of the default: none but what a process that starts as root needs to become another user',
      ),
  },
  { error: `${map}, such as { runAsNonRoot: true }` },
);

const toleration = z.strictObject(
  {
    key: filled().optional().describe("The taint's key. Default: any"),
    operator: z
      .enum(['Exists', 'Equal'], { error: 'must be Exists or Equal' })
      .optional()
      .describe('Exists: whatever its value is. Default: Equal'),
    value: text().optional().describe("The taint's value"),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], {
        error: 'must be NoSchedule, PreferNoSchedule or NoExecute',
      })
      .optional()
      .describe("The taint's effect. Default: any"),
  },
  { error: `${map}, such as { key: spot, operator: Exists }` },
);

const podTemplate = z.strictObject(
  {
    metadata: z
      .strictObject(
        {
          labels: texts().optional().describe("Further labels of its pods; fox's own stay as they are"),
          annotations: texts().optional().describe("Further annotations of its pods; fox's own stay"),
        },
        { error: map },
      )
      .optional()
      .describe('Further labels and annotations of its pods'),
    spec: z
      .record(z.string(), z.unknown(), { error: map })
      .optional()
      .describe("Pod spec in Kubernetes' own words; its container has the component's name"),
  },
  { error: `${map} with the keys metadata and spec` },
);

const autoscale = z.strictObject(
  {
    min: wholeNumber(1, 1000).describe('Pods that run at least'),
    max: wholeNumber(1, 1000).describe('Pods that run at most'),
    cpu: z
      .string({ error: 'must be a share, such as 70%' })
      .regex(/^[1-9]\d{0,2}%$/, { error: 'must be a share, such as 70%' })
      .optional()
      .describe('Share of the requested CPU that a pod uses on average. Default: 80%'),
  },
  { error: `${map}, such as { min: 2, max: 10, cpu: 70% }` },
);

const disruptionBudget = z.strictObject(
  {
    minAvailable: countOrShare().optional().describe('Pods that must stay, or their share'),
    maxUnavailable: countOrShare().optional().describe('Pods that may go, or their share'),
  },
  { error: `${map}, such as { maxUnavailable: 1 }` },
);

/** Keys of a component that say what its pods get, and how many there are. All are for Kubernetes. */
export const podKeys = {
  resources: resources.optional().describe('CPU and memory of each pod. Default: whatever there is'),
  securityContext: securityContext
    .optional()
    .describe('What its process may do. Default: no more than ordinary images need'),
  nodeSelector: texts().optional().describe('Labels of the nodes that it runs on'),
  tolerations: list(toleration, '[{ key: spot, operator: Exists }]')
    .optional()
    .describe('Taints of nodes that it runs on nevertheless'),
  topologySpread: list(z.enum(spreadOver, { error: 'must be zone or node' }), '[zone, node]')
    .optional()
    .describe('What its pods are spread over, where that is possible'),
  terminationGracePeriod: duration()
    .optional()
    .describe('Time that it has to end after SIGTERM. Default: 30s'),
  serviceAccount: text()
    .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, { error: 'must be the name of a ServiceAccount' })
    .optional()
    .describe('ServiceAccount that exists and that it runs as. Default: one without a token'),
  podTemplate: podTemplate
    .optional()
    .describe("For all else: a part of a pod template in Kubernetes' words, merged over what fox makes"),
  autoscale: autoscale.optional().describe('Let Kubernetes choose how many pods run, by their load'),
  disruptionBudget: disruptionBudget
    .optional()
    .describe('How many pods must stay when nodes are emptied. One key of the two'),
  maxSurge: countOrShare()
    .optional()
    .describe('Pods above the wanted number while pods are replaced. Default: 25%'),
  maxUnavailable: countOrShare()
    .optional()
    .describe('Pods below the wanted number while pods are replaced. Default: 25%'),
};
