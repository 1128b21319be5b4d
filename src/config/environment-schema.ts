// The shape of a virtual environment's file: every key, its type and its meaning. The published JSON schema is made from it.
import * as z from 'zod';
import { accesses, policies } from '../core/environments/environment-definition.ts';
import { secretKeyPattern } from '../core/environments/secret-value.ts';
import { variableValue } from './variable-schema.ts';
import { list, map, text } from './schema-terms.ts';

/** What the key `kind` says. */
export const environmentKind = 'VirtualEnvironment';

const flag = z.boolean({ error: 'must be true or false' });

const secret = z.strictObject(
  {
    from: text()
      .regex(secretKeyPattern)
      .describe('Secret of the cluster, looked after by another tool, and the key in it: name/key'),
  },
  { error: map },
);

/** Schema of one document. Names, hosts and values are checked apart. */
export const environmentSchema = z.strictObject(
  {
    $schema: text().optional().describe('Schema of this file, for editors'),
    kind: z
      .literal(environmentKind, { error: `must be ${environmentKind}` })
      .describe(`What this is: ${environmentKind}`),
    name: text().describe('Name of the virtual environment'),
    parent: text().optional().describe('Virtual environment that it inherits from. Default: none'),
    vars: z
      .record(z.string(), variableValue, { error: map })
      .optional()
      .describe('Values of variables, by name; what it leaves out it inherits'),
    secrets: z
      .record(z.string(), secret, { error: map })
      .optional()
      .describe('Secrets whose values other Secrets of the cluster hold, by name. Never a value itself'),
    hosts: list(text(), '[team-a.example.com]')
      .optional()
      .describe('Host names whose plain requests belong to it: lower case, without a port'),
    subPath: text().optional().describe('First segment of paths whose plain requests belong to it: team-a'),
    policy: z
      .enum(policies, { error: `must be one of ${policies.join(', ')}` })
      .optional()
      .describe(
        "testing: mutable versions may be released, edits are live; stable: named versions only, which keep the configuration that they were released with. Default: the parent's, else testing",
      ),
    access: z
      .enum(accesses, { error: `must be one of ${accesses.join(', ')}` })
      .optional()
      .describe(
        "Who may ask for a version or for it by name, from outside: everybody (open), who has a signed link (signed), clients in the routers' internalNetworks alone (internal). Default: the parent's, else open",
      ),
    sticky: flag
      .optional()
      .describe(
        "Whether browsers keep, by a session cookie, the version and environment that they have selected. Default: the parent's, else true",
      ),
    skewProtection: z
      .string({ error: 'must be text, such as 30m, or off' })
      .optional()
      .describe(
        "How long the pages of a version go on getting their scripts, styles, images and fonts from it once another is released: 30m, 2h, or off. Default: the parent's, else off",
      ),
    responseHeaders: flag
      .optional()
      .describe(
        "Whether responses say by fox-version, fox-virtual-env and fox-component what has answered. Default: the parent's, else true where the policy is testing and the access open, and false elsewhere",
      ),
    ttl: z
      .string({ error: 'must be text, such as 72h' })
      .optional()
      .describe(
        'How long it lives, from the last time that it was applied: 72h, 7d, 1h30m. Default: for ever',
      ),
  },
  { error: map },
);

/** A document after validation by {@link environmentSchema}. */
export type EnvironmentDocument = z.infer<typeof environmentSchema>;

/** JSON schema of the file, for editors. */
export function environmentJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(environmentSchema, { target: 'draft-7' });
  return {
    ...schema,
    title: 'Virtual environment of fox',
    description: 'What a virtual environment says itself: values, addresses and rules of its own.',
  };
}
