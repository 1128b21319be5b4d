// The first deploy to a namespace installs the routers, if whoever is asked agrees.
import type { InstallOptions } from '../actions/install/wanted-installation.ts';
import type { Emit } from '../core/events.ts';
import { FoxError } from '../core/errors.ts';
import type { CommandContext, CommandInput } from './command-definition.ts';
import { installCommand } from './commands/install.ts';
import { confirm } from './confirm.ts';
import { commonOptions, longFlag, optionsFromEnvironment } from './options.ts';

/** Runs a deploy; where it finds no routers, installs them and runs it again. Nobody to ask and no `--yes`: it fails. */
export async function offeringInstall<T>(
  input: CommandInput,
  surroundings: CommandContext,
  deploy: (context: CommandContext) => Promise<T>,
): Promise<T> {
  const context = { ...surroundings, emit: withoutRepeats(surroundings.emit) };
  try {
    return await deploy(context);
  } catch (error) {
    if (!(error instanceof FoxError) || error.code !== 'ROUTER_NOT_READY') throw error;
    if (input['yes'] !== true && context.terminal === undefined) throw error;
    await confirm(`${sentence(error.message)} Install two routers there now?`, input, context);
  }
  const { install } = await import('../actions/install.ts');
  const { version, routers } = await install(installOptions(input, context), context);
  const what = routers.ready === 1 ? '1 router' : `${routers.ready} routers`;
  context.emit({ type: 'info', text: `Installed ${what} of fox ${version}` });
  return deploy(context);
}

/** Each of the runs would say which cluster it works on. */
function withoutRepeats(emit: Emit): Emit {
  const said = new Set<string>();
  return (event) => {
    if (event.type === 'info') {
      if (said.has(event.text)) return;
      said.add(event.text);
    }
    emit(event);
  };
}

/** What all commands understand, as typed; what only `install` understands, from the environment. */
function installOptions(input: CommandInput, { env }: CommandContext): InstallOptions {
  const common = commonOptions.map(({ flags }) => longFlag(flags).slice(2));
  const typed = Object.entries(input).filter(([name]) => common.includes(name));
  return { ...optionsFromEnvironment(installCommand.options ?? [], env), ...Object.fromEntries(typed) };
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
