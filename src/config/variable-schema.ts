// The shape of what a component or a route declares of its variables.
import * as z from 'zod';
import { flag, map, text } from './schema-terms.ts';

const bindings = ['process', 'request'] as const;
const variableTypes = ['string', 'number', 'boolean', 'array'] as const;

/** Value of a variable. */
export const variableValue = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))],
  { error: 'must be text, a number, true, false, or a list of texts and numbers' },
);

export const variable = z.strictObject(
  {
    type: z
      .enum(variableTypes, { error: `must be one of ${variableTypes.join(', ')}` })
      .optional()
      .describe('Type of its value. Default: that of `default`, else string'),
    default: variableValue.optional().describe('Value where a virtual environment gives none'),
    required: flag().optional().describe('Refuse to run without a value. Default: false'),
    description: text().optional().describe('What it is for'),
    bind: z
      .enum(bindings, { error: `must be one of ${bindings.join(', ')}` })
      .optional()
      .describe(
        'process: a variable of its process; request: sent with each request, so that one pod serves many virtual environments. Default: process',
      ),
    from: text()
      .regex(/^(secret|configMap)\/[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/[-._A-Za-z0-9]{1,253}$/, {
        error: 'must be secret/<name>/<key> or configMap/<name>/<key>',
      })
      .optional()
      .describe(
        'Secret or ConfigMap of the cluster that holds its value: secret/<name>/<key>. Instead of type, default, required and bind',
      ),
  },
  { error: map },
);
