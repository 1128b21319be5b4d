// The programs that can build an image by a Dockerfile.

/** In the order in which they are looked for: first those that share their cache with what the user builds by hand. */
export const buildTools = ['docker', 'podman', 'buildah', 'nerdctl'] as const;

/** One of them. */
export type BuildTool = (typeof buildTools)[number];

/** Whether a text names one. */
export function isBuildTool(name: string): name is BuildTool {
  return (buildTools as readonly string[]).includes(name);
}
