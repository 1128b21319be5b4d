// `selector` of specs: its shape and its rules.
import * as z from 'zod';
import { textByName } from '../kind.ts';
import { validateLabels } from '../metadata.ts';
import { labelValueRule, qualifiedNameRule } from '../name-rules.ts';
import type { Problems } from '../problems.ts';
import type { LabelSelector } from '../selectors.ts';

/** Types of a selector's members. */
export const selectorSchema = z.looseObject({
  matchLabels: textByName.optional(),
  matchExpressions: z
    .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).optional() }))
    .optional(),
});

/** Checks a selector. */
export function validateLabelSelector(selector: LabelSelector, field: string, problems: Problems): void {
  validateLabels(selector.matchLabels, `${field}.matchLabels`, problems);
  for (const [index, expression] of (selector.matchExpressions ?? []).entries()) {
    validateExpression(expression, `${field}.matchExpressions[${index}]`, problems);
  }
}

function validateExpression(
  { key, operator, values = [] }: { key: string; operator: string; values?: readonly string[] | undefined },
  field: string,
  problems: Problems,
): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      problems.required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      problems.forbidden(
        `${field}.values`,
        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      );
    }
  } else {
    problems.invalid(`${field}.operator`, operator, 'not a valid selector operator');
  }
  problems.invalidFor(`${field}.key`, key, qualifiedNameRule(key));
  for (const [index, value] of values.entries()) {
    problems.invalidFor(`${field}.values[${index}]`, value, labelValueRule(value));
  }
}
