// fox install · fox uninstall: what fox needs in a Kubernetes namespace.
import type { InstallOptions } from '../../actions/install/wanted-installation.ts';
import type { UninstallOptions } from '../../actions/uninstall.ts';
import type { CommandDefinition, OptionDefinition } from '../command-definition.ts';
import { confirm } from '../confirm.ts';
import { parseBaseUrl, parseGateway, parseHost, parseImage, parseReplicas } from '../install-values.ts';
import { dryRunOption, yesOption } from '../options.ts';

const serviceTypes = ['ClusterIP', 'NodePort', 'LoadBalancer'];

const reachOptions: readonly OptionDefinition[] = [
  {
    flags: '--service-type <type>',
    description: 'how the Service of the routers is reached',
    choices: serviceTypes,
  },
  {
    flags: '--ingress <host>',
    description: 'make an Ingress that leads this host to the routers',
    parse: parseHost,
  },
  { flags: '--ingress-class <name>', description: "class of that Ingress (default: the cluster's)" },
  {
    flags: '--gateway <name>',
    description: 'make an HTTPRoute of this Gateway, or of <namespace>/<name>',
    parse: parseGateway,
  },
  {
    flags: '--hostname <host>',
    description: 'host of that HTTPRoute (default: all of the Gateway)',
    parse: parseHost,
  },
  {
    flags: '--external-url <url>',
    description: 'base URL by which users reach the routers, where fox cannot know it',
    parse: parseBaseUrl,
  },
];

const imageOptions: readonly OptionDefinition[] = [
  {
    flags: '--base <image>',
    description: "base of the image of routers and keeper, with node on its PATH (default: node's own)",
    parse: parseImage,
  },
  { flags: '--platforms <list>', description: 'what that image is for, e.g. linux/amd64,linux/arm64' },
  {
    flags: '--router-image <image>',
    description: 'use this image instead of building one',
    parse: parseImage,
  },
];

export const installCommand: CommandDefinition = {
  name: 'install',
  summary: 'Install or upgrade routers and keeper in a Kubernetes namespace',
  group: 'Cluster',
  options: [
    { flags: '--replicas <number>', description: 'how many routers (default: 2)', parse: parseReplicas },
    ...reachOptions,
    ...imageOptions,
    { flags: '--force-conflicts', description: 'take over fields that others manage' },
    dryRunOption,
  ],
  examples: [
    'install --context kind-dev -n orders',
    'install --ingress orders.example.com',
    'install --service-type LoadBalancer',
    'install --dry-run -o yaml',
  ],
  run: async (input, context) => {
    const { install, planInstallation } = await import('../../actions/install.ts');
    const { installText, objectListText } = await import('../../output/text/install.ts');
    const options = input as InstallOptions;
    if (options.dryRun === true)
      await context.output.result(await planInstallation(options, context), objectListText);
    else await context.output.result(await install(options, context), installText);
  },
};

export const uninstallCommand: CommandDefinition = {
  name: 'uninstall',
  summary: 'Remove from a Kubernetes namespace what fox has made there',
  group: 'Cluster',
  options: [
    {
      flags: '--router-only',
      description: 'only routers and keeper: apps go on running, and nothing leads to them',
    },
    { flags: '--purge', description: 'also the key by which secrets are recognised' },
    dryRunOption,
    yesOption,
  ],
  examples: [
    'uninstall --dry-run',
    'uninstall --context kind-dev -n orders --yes',
    'uninstall --router-only --yes',
  ],
  run: async (input, context) => {
    const { uninstall } = await import('../../actions/uninstall.ts');
    const { removedText, uninstallText } = await import('../../output/text/install.ts');
    const options = input as UninstallOptions;
    if (options.dryRun !== true && options.yes !== true && context.terminal !== undefined) {
      const planned = await uninstall({ ...options, dryRun: true }, context);
      for (const { kind, name, what } of planned.items)
        context.emit({ type: 'info', text: `${kind} ${name}${what === '' ? '' : ` (${what})`}` });
      if (planned.items.length > 0) await confirm(uninstallQuestion(planned), input, context);
      return context.output.result(await uninstall({ ...options, yes: true }, context), removedText);
    }
    await context.output.result(await uninstall(options, context), uninstallText);
  },
};

/** Says what users of the apps lose, and asks. */
export function uninstallQuestion({
  namespace,
  items,
  released,
}: {
  readonly namespace: string;
  readonly items: readonly object[];
  readonly released: readonly string[];
}): string {
  const verb = released.length === 1 ? 'is' : 'are';
  const loss =
    released.length === 0 ? '' : `${released.join(', ')} ${verb} released and won't be reachable any more. `;
  const what = items.length === 1 ? 'this object' : `these ${items.length} objects`;
  return `${loss}Remove ${what} from namespace ${namespace}?`;
}
