// Words that the schema's parts are made of: text, flags, lists, numbers, durations, amounts.
import * as z from 'zod';

// Each error completes a sentence whose subject is the key; what stands there instead is added where it is reported.

/** Error of what is no map. */
export const map = 'must be a map';

export const text = () => z.string({ error: 'must be text' });

export const filled = () => text().min(1, { error: 'must not be empty' });

export const flag = () => z.boolean({ error: 'must be true or false' });

export function list<T extends z.ZodType>(item: T, example: string): z.ZodArray<T> {
  return z.array(item, { error: `must be a list, such as ${example}` });
}

export function wholeNumber(least: number, most: number): z.ZodInt {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** Whole seconds, minutes or hours. */
export const duration = () => {
  const error = 'must be a duration in whole seconds, minutes or hours, such as 30s';
  const withUnit = (input: unknown) =>
    Number.isInteger(input) && Number(input) > 0 ? `must have a unit: write ${String(input)}s` : error;
  return z.string({ error: ({ input }) => withUnit(input) }).regex(/^[1-9]\d{0,4}(s|m|h)$/, {
    error: ({ input }) => withUnit(/^\d{1,5}$/.test(String(input)) ? Number(input) : input),
  });
};

/** Milliseconds, seconds, minutes or hours. */
export const timeSpan = () => {
  const error = 'must be a duration in whole milliseconds, seconds, minutes or hours, such as 500ms or 5s';
  return z.string({ error }).regex(/^[1-9]\d{0,6}(ms|s|m|h)$/, {
    error: ({ input }) => (/^0+(ms|s|m|h)$/.test(String(input)) ? 'must be more than 0' : error),
  });
};

/** An amount of bytes. */
export const byteSize = () => {
  const error = 'must be an amount of bytes, such as 512KiB, 10MiB or 1GiB';
  return z.union(
    [z.int({ error }).min(1, { error }), z.string().regex(/^[1-9]\d{0,11}((Ki|Mi|Gi)B?)?$/, { error })],
    {
      error,
    },
  );
};

/** A path of a URL. */
export const urlPath = () =>
  text().regex(/^\/[!-~]*$/, { error: 'must be a path that starts with "/", without spaces' });

const howMany = 'must be a number of pods, such as 1, or a share of them, such as 25%';

/** A number of pods, or a share of them. */
export const countOrShare = () =>
  z.union(
    [
      z.int({ error: howMany }).min(0, { error: howMany }),
      z.string({ error: howMany }).regex(/^(100|\d{1,2})%$/, { error: howMany }),
    ],
    {
      error: howMany,
    },
  );

/** Texts by name. */
export const texts = () => z.record(z.string(), text(), { error: map });
