// The shape of fox.config.*: every key, its type and its meaning. The published JSON schema is made from it.
import * as z from 'zod';
import { buildTools } from '../core/version/build-tool.ts';
import { namespacePattern, registryPrefixPattern } from '../core/cluster-names.ts';
import { health, podKeys } from './pod-schema.ts';
import { route } from './route-schema.ts';
import { router } from './router-schema.ts';
import { filled, flag, list, map, text, wholeNumber } from './schema-terms.ts';
import { variable } from './variable-schema.ts';

const argument = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be text, a number, true or false',
});

const build = z.strictObject(
  {
    command: filled().optional().describe('Shell command, run in its directory before that becomes an image'),
    base: filled().optional().describe('Image that it stands on in Kubernetes: node:24-slim'),
    dockerfile: filled()
      .optional()
      .describe('Dockerfile that makes its image, relative to its directory. Instead of command and base'),
    context: filled()
      .optional()
      .describe("Directory that the Dockerfile's COPY sees, relative to this file. Default: its own"),
    target: filled().optional().describe('Stage of the Dockerfile to build. Default: the last one'),
    args: z
      .record(z.string(), argument, { error: map })
      .optional()
      .describe("Values of the Dockerfile's ARGs, by name"),
    image: filled()
      .optional()
      .describe('Image that is there already, by its reference: ghcr.io/acme/ui:1.2. Nothing is built'),
  },
  { error: `${map}, such as { command: npm ci }` },
);

const imageIsNamed = {
  required: ['build'],
  properties: { build: { required: ['image'] } },
};
const dockerfileIsNamed = {
  required: ['build'],
  properties: { build: { required: ['dockerfile'] } },
};

const component = z
  .strictObject(
    {
      path: text()
        .optional()
        .describe(
          'Its directory, relative to this file. What git has there is its content. Only a component with `build.image` needs none',
        ),
      shared: list(text(), '[libs/format]')
        .optional()
        .describe('Further files and directories, relative to this file, that belong to its content'),
      build: build.optional().describe('How its image is made. Default: its files as they are'),
      command: list(text().min(1, { error: 'must not be empty' }), '[node, server.js]')
        .min(1, { error: 'must name a program' })
        .optional()
        .describe(
          'Program and arguments, run in its directory. It serves HTTP on $PORT. With `build.dockerfile` or `build.image` the default is what the image says',
        ),
      port: wholeNumber(1, 65535)
        .optional()
        .describe(
          'Port that it serves on in Kubernetes. Default: 8080. The embedded cluster chooses one itself',
        ),
      routes: list(route, '["PathPrefix(`/`)"]').optional().describe('Requests that enter the app here'),
      calls: list(text(), '[api-server]')
        .optional()
        .describe('Components that it may call, each by <NAME>_URL'),
      forwardsContext: flag()
        .optional()
        .describe(
          'It passes the `baggage` header on to what it calls, and so is shared between more versions. Default: false',
        ),
      propagation: z
        .enum(['node'], { error: 'must be node' })
        .optional()
        .describe(
          'node: fox has its Node process pass the context of each request on by itself, without a change of its code; forwardsContext is then true',
        ),
      concurrency: wholeNumber(1, 100_000)
        .optional()
        .describe('Requests that a router has one pod work on at once; further ones wait. Default: 1000'),
      queue: wholeNumber(0, 100_000)
        .optional()
        .describe('Requests that may wait there; further ones get 503 at once. Default: 1000'),
      env: z
        .record(
          z.string(),
          z.union([variable, z.null()], { error: 'must be a map, such as { default: light }' }),
          { error: map },
        )
        .optional()
        .describe('Environment variables that it needs, by name. Everything undeclared stays out of it'),
      secrets: list(text(), '[SESSION_KEY]')
        .optional()
        .describe('Secrets of the virtual environment that it needs, each a variable of its process'),
      health: health.optional().describe('When it is ready. Default: when $PORT accepts connections'),
      replicas: wholeNumber(1, 100)
        .optional()
        .describe('Pods that run of it. Default: 1, or the least of autoscale'),
      ...podKeys,
    },
    { error: map },
  )
  .meta({
    // For editors; fox itself checks it with the references.
    allOf: [
      { anyOf: [imageIsNamed, { required: ['path'] }] },
      { anyOf: [imageIsNamed, dockerfileIsNamed, { required: ['command'] }] },
    ],
  });

const cluster = z.strictObject(
  {
    context: text()
      .min(1, { error: 'must name a context of the kubeconfig' })
      .optional()
      .describe(
        'Context of the kubeconfig, or in-cluster for the service account of the pod that fox runs in. Default: the current context',
      ),
    namespace: text()
      .regex(namespacePattern, { error: 'must be the name of a namespace' })
      .optional()
      .describe("Namespace that everything is in. Default: the context's own"),
  },
  { error: `${map}, such as { context: kind-dev, namespace: orders }` },
);

const registryPrefix = text().regex(registryPrefixPattern, {
  error: 'must be a registry with a path, such as registry.example.com/order, without a scheme',
});

const registry = z.union(
  [
    registryPrefix,
    z.strictObject(
      {
        prefix: registryPrefix.describe('What the names of all images begin with: host, port and path'),
        insecure: flag()
          .optional()
          .describe('Speak plain HTTP to it. Default: only to this machine (localhost, 127.0.0.1)'),
        pullSecret: flag()
          .optional()
          .describe('Give the cluster the credentials that fox pushes with, to pull with. Default: false'),
      },
      { error: map },
    ),
  ],
  {
    error:
      'must be a registry with a path, such as registry.example.com/order, without a scheme; or a map with the key prefix',
  },
);

/** Settings of the place that fox is used in, which no version holds. */
export const placeSchema = z.object({
  cluster: cluster
    .optional()
    .describe('The Kubernetes cluster to work on. Default: the embedded one of this repository'),
  registry: registry.optional().describe('Where images are pushed to. The embedded cluster needs none'),
  builder: z
    .enum(buildTools, { error: `must be one of ${buildTools.join(', ')}` })
    .optional()
    .describe('Program that builds Dockerfiles. Default: the first of docker, podman, buildah, nerdctl'),
  router: router.optional().describe('Settings of the routers'),
});

/** Schema of the whole file. Names and references between keys are checked apart. */
export const configSchema = z.strictObject(
  {
    $schema: text().optional().describe('Schema of this file, for editors'),
    app: text().describe('Name of the app'),
    defaultEnvironment: text()
      .optional()
      .describe('Virtual environment of plain traffic without any selector. Default: default'),
    ...placeSchema.shape,
    platforms: list(
      text().regex(/^linux\/[a-z0-9]+(\/[a-z0-9.]+)?$/, {
        error: 'must be a system and a processor, such as linux/arm64',
      }),
      '[linux/amd64, linux/arm64]',
    )
      .min(1, { error: 'must name a platform' })
      .optional()
      .describe('What images are built for. Default: [linux/amd64]'),
    components: z.record(z.string(), component, { error: map }).describe('Components by name'),
    modules: z
      .record(z.string(), list(text(), '[order-ui, api-server]'), { error: map })
      .optional()
      .describe('Named groups of components. A component may be in several, and still runs once'),
  },
  { error: map },
);

/** The file's content after validation by {@link configSchema}. */
export type ConfigFile = z.infer<typeof configSchema>;

/** JSON schema of the file, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { target: 'draft-7' });
  return {
    ...schema,
    title: 'fox.config.yaml',
    description: 'What fox deploys: an app, its components and what they need.',
  };
}
