// All commands, in the order in which help lists them.
import type { CommandDefinition } from './command-definition.ts';
import {
  clusterKubeconfigCommand,
  clusterStartCommand,
  clusterStatusCommand,
  clusterStopCommand,
} from './commands/cluster.ts';
import { buildCommand } from './commands/build.ts';
import { deployCommand, planCommand } from './commands/deploy.ts';
import { doctorPropagationCommand } from './commands/doctor-propagation.ts';
import { doctorCommand } from './commands/doctor.ts';
import { envApplyCommand } from './commands/env-apply.ts';
import { envDeleteCommand } from './commands/env-delete.ts';
import { envEditCommand } from './commands/env-edit.ts';
import { envDiffCommand, envListCommand, envShowCommand } from './commands/env-look.ts';
import { envSetCommand, envUnsetCommand } from './commands/env-set.ts';
import { installCommand, uninstallCommand } from './commands/install.ts';
import { logsCommand, openCommand, statusCommand, versionsCommand, whyCommand } from './commands/look.ts';
import { proxyCommand } from './commands/proxy.ts';
import { historyCommand, releaseCommand, rollbackCommand } from './commands/release.ts';
import { routeExplainCommand } from './commands/route-explain.ts';
import { routeListCommand } from './commands/route-list.ts';
import { demoCommand, initCommand } from './commands/start.ts';
import { deleteCommand, pruneCommand } from './commands/tidy.ts';
import { validateCommand } from './commands/validate.ts';

/** The command table: help and parsing are made from it. */
export const commandTable: readonly CommandDefinition[] = [
  initCommand,
  demoCommand,
  validateCommand,
  planCommand,
  buildCommand,
  deployCommand,
  releaseCommand,
  rollbackCommand,
  historyCommand,
  statusCommand,
  versionsCommand,
  openCommand,
  logsCommand,
  proxyCommand,
  whyCommand,
  routeListCommand,
  routeExplainCommand,
  doctorCommand,
  doctorPropagationCommand,
  envListCommand,
  envShowCommand,
  envDiffCommand,
  envApplyCommand,
  envSetCommand,
  envUnsetCommand,
  envEditCommand,
  envDeleteCommand,
  deleteCommand,
  pruneCommand,
  installCommand,
  uninstallCommand,
  clusterStartCommand,
  clusterStopCommand,
  clusterStatusCommand,
  clusterKubeconfigCommand,
];

/** What groups of commands are for. */
export const groupSummaries: Readonly<Record<string, string>> = {
  route: 'Routes: list them, explain where a request goes',
  env: 'Virtual environments: look at them, change them',
  cluster: 'The embedded cluster: start, stop, status, kubeconfig',
};
