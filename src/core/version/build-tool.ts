// The programs that can build an image by a Dockerfile.

/** In the order in which they are looked for: first those that share their cache with what the user builds by hand. */
export const buildTools = ['docker', 'podman', 'buildah', 'nerdctl'] as const;

/** One of them. */
export type BuildTool = (typeof buildTools)[number];
