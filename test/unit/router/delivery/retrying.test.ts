// What is sent again, and how often.
import { describe, expect, test } from 'vitest';
import { RetryBudget } from '../../../../src/router/delivery/retry-budget.ts';
import { isRepeatable, mayRetry } from '../../../../src/router/delivery/retry-policy.ts';

const yes = () => true;

/** Spends what there is. @returns how much it was. */
function spendAll(budget: RetryBudget, now: number): number {
  let spent = 0;
  while (budget.spend(now)) spent += 1;
  return spent;
}

describe('a request that failed', () => {
  const sent = { isRepeatable: true, isSent: true, timesSent: 1, isWhole: true };

  test('before a byte of it was sent is sent again, whatever it is', () => {
    expect(mayRetry({ isRepeatable: false, isSent: false, timesSent: 0, isWhole: true }, () => false)).toBe(
      true,
    );
  });

  test('after that, only if it can be repeated, three times in all', () => {
    expect(mayRetry(sent, yes)).toBe(true);
    expect(mayRetry({ ...sent, timesSent: 2 }, yes)).toBe(true);
    expect(mayRetry({ ...sent, timesSent: 3 }, yes)).toBe(false);
    expect(mayRetry({ ...sent, isRepeatable: false }, yes)).toBe(false);
  });

  test('is not sent without the beginning of its body, nor if the workload has had enough', () => {
    expect(mayRetry({ ...sent, isWhole: false }, yes)).toBe(false);
    expect(mayRetry({ ...sent, isSent: false, isWhole: false }, yes)).toBe(false);
    expect(mayRetry(sent, () => false)).toBe(false);
  });

  test('can be repeated by these methods', () => {
    expect(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].every(isRepeatable)).toBe(true);
    expect(['POST', 'PATCH', 'LOCK', 'get', ''].some(isRepeatable)).toBe(false);
  });
});

describe('the budget', () => {
  test('is a hundred, and a fifth of the requests', () => {
    expect(spendAll(new RetryBudget(), 0)).toBe(100);
    const budget = new RetryBudget();
    for (let index = 0; index < 1_000; index++) budget.countRequest(index);
    expect(spendAll(budget, 1_000)).toBe(300);
  });

  test('is of the last ten to twenty seconds', () => {
    const budget = new RetryBudget();
    for (let index = 0; index < 1_000; index++) budget.countRequest(0);
    expect(spendAll(budget, 10_000)).toBe(300);
    expect(spendAll(budget, 19_999)).toBe(0);
    expect(spendAll(budget, 30_000)).toBe(100);
    expect(spendAll(budget, 60_000)).toBe(100);
  });
});
