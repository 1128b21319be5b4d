// Starts a container's process: image, variables, command, then the process, recorded so that it can't be lost.
import { type Image, ImageProblem } from './image-layout.ts';
import { mkdirInside } from './image-unpack.ts';
import { ConfigProblem, containerEnvironment } from './container-environment.ts';
import { type ContainerProcess, startProcess } from './container-process.ts';
import { expandVariables } from './expand-variables.ts';
import { CommandProblem, findCommand } from './find-command.ts';
import { podUidVariable } from './marked-processes.ts';
import type { NodeContext } from './node-context.ts';
import type { Container, Pod, Waiting } from './pod.ts';

/** A container that was started. */
export interface Launched {
  readonly process: ContainerProcess;
  readonly image: Image;
  /** The image had to be unpacked. */
  readonly fresh: boolean;
}

/** What is to be started. */
export interface LaunchRequest {
  readonly pod: Pod;
  readonly container: Container;
  /** Variables that the runtime gives. */
  readonly given: Readonly<Record<string, string>>;
}

/** Fails with the error of the step that failed; {@link waitingFor} says what it means for the container. */
export async function launch(node: NodeContext, { pod, container, given }: LaunchRequest): Promise<Launched> {
  refuseUnsupported(pod, container);
  const { image, root, fresh } = await node.images.obtain(container.image);
  const values = containerEnvironment(pod, container, {
    store: node.store,
    own: node.environment,
    image: image.settings.env,
    given,
  });
  const [command = '', ...args] = commandLine(container, image).map((part) => expandVariables(part, values));
  if (command === '') throw new CommandProblem('neither the container nor its image names a command');
  const cwd = await mkdirInside(root, container.workingDir ?? image.settings.workingDir);
  const program = await findCommand(command, { root, cwd, path: values.get('PATH') ?? '' });
  const { uid } = pod.metadata;
  values.set(podUidVariable, uid);
  await node.processes.intend(uid, container.name);
  await node.turns.next();
  const process = await startProcess({ program, name: command, args, cwd, env: Object.fromEntries(values) });
  await node.processes.started(uid, container.name, process.pid).catch(async (error: unknown) => {
    // Its mark is recorded, but without the rest nobody could tell it apart where environments can't be read.
    process.signal('SIGKILL');
    await process.ended;
    throw error;
  });
  return { process, image, fresh };
}

/** The state that Kubernetes gives a container whose start failed like this. */
export function waitingFor(error: unknown): Waiting {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ImageProblem) return { reason: 'ErrImagePull', message };
  if (error instanceof ConfigProblem) return { reason: 'CreateContainerConfigError', message };
  if (error instanceof CommandProblem) return { reason: 'RunContainerError', message };
  return { reason: 'CreateContainerError', message };
}

function commandLine(container: Container, { settings }: Image): readonly string[] {
  const { command = [], args = [] } = container;
  if (command.length > 0) return [...command, ...args];
  return [...settings.entrypoint, ...(args.length > 0 ? args : settings.command)];
}

function refuseUnsupported({ spec }: Pod, container: Container): void {
  if ((spec.initContainers ?? []).length > 0)
    throw new ConfigProblem('the embedded cluster has no init containers');
  // A process has no file system of its own, so nothing can be mounted into it.
  if ((container.volumeMounts ?? []).length > 0)
    throw new ConfigProblem('the embedded cluster has no volumes');
}
