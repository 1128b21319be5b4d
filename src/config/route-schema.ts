// The shape of a component's routes: which requests enter the app there, and what holds for them.
import * as z from 'zod';
import { longestTimeout } from '../core/routing/delivery-defaults.ts';
import { milliseconds } from './quantities.ts';
import { byteSize, map, text, timeSpan } from './schema-terms.ts';
import { variable } from './variable-schema.ts';

const rule = text().describe(
  'Which requests match: PathPrefix(`/shop`) for a path and all below it, Path(`/shop`) for that path alone; Host(`shop.example.com`), Method(`GET`, `POST`), Header(`name`, `value`), Query(`name`, `value`), Type(`http`), All(); combined by &&, ||, ! and parentheses. {name} or {name:regex} in a path or host captures, {name...} captures the rest of a path, {regex} is a value of a header or parameter. {{.Vars.<name>}} is the value of a variable',
);

const priorityError = 'must be a whole number from -1000000 to 1000000';
const routeVariable = variable.omit({ required: true, bind: true, from: true });

/** A rule, or a rule with what holds for the requests that match it. */
export const route = z.union(
  [
    rule,
    z.strictObject(
      {
        rule,
        priority: z
          .int({ error: priorityError })
          .min(-1_000_000, { error: priorityError })
          .max(1_000_000, { error: priorityError })
          .optional()
          .describe('Routes with a higher one are asked first, whatever their rules are. Default: 0'),
        timeout: timeSpan()
          .refine((span) => !(milliseconds(span) > longestTimeout), { error: 'must be at most 24h' })
          .optional()
          .describe(
            'Until the response must begin, with all calls that it takes: 5s, at most 24h. Default: 60s',
          ),
        maxBody: byteSize()
          .optional()
          .describe('Larger request bodies are refused: 10MiB. Default: what the router allows'),
        env: z
          .record(
            z.string(),
            z.union([routeVariable, z.null()], { error: 'must be a map, such as { default: eu }' }),
            { error: map },
          )
          .optional()
          .describe('Variables that the rule uses, by name. One that it uses must have a value'),
      },
      { error: map },
    ),
  ],
  { error: 'must be a rule such as "PathPrefix(`/`)", or a map with the key rule' },
);
