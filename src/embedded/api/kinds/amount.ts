// Amounts of pods: a number, or a percentage of those that are wanted.
import type { Problems } from '../problems.ts';

/** Checks an amount. @param most percent. */
export function validateAmount(
  amount: number | string | undefined,
  field: string,
  problems: Problems,
  most = 100,
): void {
  if (typeof amount === 'number' && amount < 0)
    problems.invalid(field, amount, 'must be greater than or equal to 0');
  if (typeof amount !== 'string') return;
  const [, digits] = /^(\d+)%$/.exec(amount) ?? [];
  if (digits === undefined) {
    const rule = "a valid percent string must be a numeric string followed by an ending '%'";
    problems.invalid(field, amount, `${rule} (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`);
  } else if (Number(digits) > most) problems.invalid(field, amount, 'must not be greater than 100%');
}
