// Text of a validation: what files can't tell is told as no success.
import { expect, test } from 'vitest';
import type { ValidateResult } from '../../../src/actions/validate.ts';
import { validateText } from '../../../src/output/text/validation.ts';
import { makeStyle } from '../../../src/output/style.ts';

const environment = { name: 'dev', lineage: ['dev'], valid: true, problems: [], unused: [], untold: [] };

function text(untold: readonly string[]): string {
  const result: ValidateResult = {
    schema: 'fox/v1',
    kind: 'validate',
    file: 'fox.config.yaml',
    app: 'shop',
    components: ['api'],
    valid: true,
    environments: [{ ...environment, untold }],
  };
  return validateText(result, makeStyle(false));
}

test('an environment whose secrets files do not hold is not told to have all', () => {
  expect(text([])).toContain('✔ dev has all that shop needs');
  const told = text(['SIGNING_KEY']);
  expect(told).not.toContain('✔ dev');
  expect(told).toContain(
    '! dev has all that shop needs but for secrets, which no file holds: SIGNING_KEY\n  secret SIGNING_KEY: `fox validate -e dev` tells',
  );
});
