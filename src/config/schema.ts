// The shape of fox.config.*: every key, its type and its meaning. The published JSON schema is made from it.
import { z } from 'zod';

const variableValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]);

const variable = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'array']).optional().describe('Type of its value. Default: that of `default`, else string'),
  default: variableValue.optional().describe('Value where a virtual environment gives none'),
  required: z.boolean().optional().describe('Refuse to run without a value. Default: false'),
  description: z.string().optional().describe('What it is for'),
});

const route = z.union([z.string(), z.strictObject({ rule: z.string().describe('Which requests match, e.g. PathPrefix(`/shop`)') })]);

const component = z.strictObject({
  path: z.string().describe('Its directory, relative to this file. What git has there is its content'),
  shared: z.array(z.string()).optional().describe('Further files and directories that belong to its content'),
  build: z
    .strictObject({ command: z.string().min(1).optional().describe('Shell command run in its directory before it becomes an image') })
    .optional()
    .describe('How its image is made'),
  command: z.array(z.string().min(1)).min(1).describe('Program and arguments; run in its directory. It serves HTTP on $PORT'),
  port: z.int().min(1).max(65535).optional().describe('Port that it serves on in Kubernetes. Default: 8080. The embedded cluster chooses one itself'),
  routes: z.array(route).optional().describe('Requests that enter the app here'),
  calls: z.array(z.string()).optional().describe('Components that it may call, each by <NAME>_URL'),
  forwardsContext: z.boolean().optional().describe('It passes the `baggage` header on to what it calls, and is shared more. Default: false'),
  env: z
    .record(z.string(), z.union([variable, z.null()]))
    .optional()
    .describe('Variables that it needs. Everything undeclared stays out of it'),
  health: z.strictObject({ path: z.string().startsWith('/').describe('Answers 2xx or 3xx when ready') }).optional().describe('Default: ready when $PORT accepts connections'),
  replicas: z.int().min(1).max(100).optional().describe('Pods per workload. Default: 1'),
});

/** Schema of the whole file. Names and references between keys are checked apart. */
export const configSchema = z.strictObject({
  app: z.string().describe('Name of the app'),
  defaultEnvironment: z.string().optional().describe('Virtual environment of plain traffic without any selector. Default: default'),
  components: z.record(z.string(), component).describe('Components by name'),
  modules: z.record(z.string(), z.array(z.string())).optional().describe('Named groups of components; one component may be in several, and runs once'),
});

/** The file's content after validation by {@link configSchema}. */
export type ConfigFile = z.infer<typeof configSchema>;

/** Variable declaration as it stands in the file. */
export type VariableEntry = z.infer<typeof variable>;

/** JSON schema of the file, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { target: 'draft-7' });
  return { ...schema, $id: 'fox.config.schema.json', title: 'fox.config.yaml' };
}
