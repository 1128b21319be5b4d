// How each program that builds Dockerfiles is asked to: is it ready, build this, save it to a file, forget it again.
import type { BuildTool } from '../../core/version/build-tool.ts';
import { fixedTime } from '../layer.ts';

/** One image to build for one platform. All paths are absolute. */
export interface DockerfileJob {
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly platform: string;
  /** Look for newer base images. */
  readonly pull: boolean;
  /** Use what was built before. */
  readonly cached: boolean;
  /** A name for the image that nothing else has. */
  readonly tag: string;
  /** Where its id may be written. */
  readonly idFile: string;
  /** Where it is saved to. */
  readonly archive: string;
}

/** Arguments of one program, per thing that it is to do. */
export interface ToolCommands {
  /** Succeeds if it can build. */
  readonly ready: readonly string[];
  /** What failing to be ready means. */
  readonly notReady: string;
  readonly build: (job: DockerfileJob) => string[];
  /** `id` is what stands in the id file, if the build wrote one. */
  readonly save: (job: DockerfileJob, id: string) => string[];
  /** Takes the name away again; what was built stays as a cache for the next build. */
  readonly forget?: (job: DockerfileJob) => string[];
}

const engineAway = 'its engine does not answer';

/**
 * Podman and Buildah know images by id, and keep unnamed ones as their cache until they are pruned. Their fixed
 * time gives layers the same digest whenever they are built.
 */
const containersTools = {
  build: (job: DockerfileJob) => [
    'build',
    '--format=oci',
    '--layers',
    // Else what a failed build has begun stays for ever.
    '--force-rm',
    `--timestamp=${fixedTime}`,
    `--iidfile=${job.idFile}`,
    ...(job.pull ? ['--pull-always'] : []),
    ...commonArguments(job),
  ],
};

/** By program. Docker's is that of a Docker without Buildx. */
export const toolCommands: Readonly<Record<BuildTool, ToolCommands>> = {
  docker: {
    ready: ['version', '--format', '{{.Server.Version}}'],
    notReady: engineAway,
    build: (job) => ['build', ...namedArguments(job)],
    save: ({ archive, tag }) => ['save', '--output', archive, tag],
    forget: ({ tag }) => ['rmi', '--no-prune', tag],
  },
  podman: {
    ...containersTools,
    ready: ['info', '--format', '{{.Version.Version}}'],
    notReady: 'it does not work here',
    save: ({ archive }, id) => ['save', '--format', 'oci-archive', '--output', archive, id],
  },
  buildah: {
    ...containersTools,
    ready: ['info'],
    notReady: 'it does not work here',
    save: ({ archive }, id) => ['push', id, `oci-archive:${archive}`],
  },
  nerdctl: {
    ready: ['info', '--format', '{{.ServerVersion}}'],
    notReady: 'containerd does not answer',
    build: (job) => ['build', ...namedArguments(job)],
    save: ({ archive, tag, platform }) => ['save', '--platform', platform, '--output', archive, tag],
    forget: ({ tag }) => ['rmi', '--force', tag],
  },
};

/** Docker with Buildx: `--load` brings the image to the engine whichever builder is in use. */
export const buildxCommands: ToolCommands = {
  ...toolCommands.docker,
  build: (job) => ['buildx', 'build', '--load', ...namedArguments(job)],
};

function namedArguments(job: DockerfileJob): string[] {
  return [`--tag=${job.tag}`, ...(job.pull ? ['--pull'] : []), ...commonArguments(job)];
}

function commonArguments({ platform, cached, dockerfile, target, args, context }: DockerfileJob): string[] {
  return [
    ...(cached ? [] : ['--no-cache']),
    `--platform=${platform}`,
    `--file=${dockerfile}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`),
    context,
  ];
}

/** What the programs are told by their environment, beside what the user has set for them there. */
export const toolVariables: Readonly<Record<string, string>> = {
  BUILDKIT_PROGRESS: 'plain',
  // An index with statements about the build would come instead of the image.
  BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
  SOURCE_DATE_EPOCH: String(fixedTime),
};
