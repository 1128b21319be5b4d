// What can be a secret's value; what can't is told without being shown.
import { expect, test } from 'vitest';
import { FoxError } from '../../../../src/core/errors.ts';
import { maxSecretBytes, secretProblem, secretText } from '../../../../src/core/environments/secret-value.ts';

test.each(['x', ' leading and trailing ', 'two\nlines\n', 'ü €', '\uFEFFmark', 'x'.repeat(maxSecretBytes)])(
  'text is taken as it is: %#',
  (text) => {
    expect(secretText('PASSWORD', Buffer.from(text))).toBe(text);
    expect(secretProblem(text)).toBeUndefined();
  },
);

test.each([
  ['', 'is empty'],
  ['geheim\0', 'NUL'],
  [`geheim${'x'.repeat(maxSecretBytes)}`, `${maxSecretBytes} are possible`],
  [Buffer.from([0x67, 0x65, 0x68, 0xff]), "isn't UTF-8 text"],
])('what no variable can have is refused: %#', (value, why) => {
  const error = refusal(Buffer.from(value));
  expect(error.code).toBe('USAGE');
  expect(error.message).toContain(`the value of PASSWORD`);
  expect(error.message).toContain(why);
  expect([error.message, ...error.hints, ...error.details].join()).not.toContain('geh');
});

function refusal(bytes: Uint8Array): FoxError {
  try {
    secretText('PASSWORD', bytes);
  } catch (error) {
    if (error instanceof FoxError) return error;
  }
  throw new Error('expected a FoxError');
}
