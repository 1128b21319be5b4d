// Errors about Secrets: what an API, or a webhook in front of it, says of an object must not show a value.
import { FoxError } from '../../core/errors.ts';
import type { ApiClient } from '../api/api-client.ts';
import { ApiError } from '../api/api-error.ts';

/** Shorter values are found everywhere, and say nothing. */
const shortest = 4;
const mask = '••••';

/** Runs a request that carries values; its error shows none of them, neither as text nor as base64. */
export async function withoutValues<T>(values: Iterable<string>, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof FoxError)) throw error;
    const forms = [...values].filter(({ length }) => length >= shortest).flatMap(formsOf);
    const hide = (text: string) => forms.reduce((hidden, form) => hidden.replaceAll(form, mask), text);
    const texts = [error.message, ...error.details, ...error.hints];
    if (texts.every((text) => hide(text) === text)) throw error;
    // Neither the cause: it is shown to who asks for all that is known.
    throw hiddenError(error, hide);
  }
}

function hiddenError(error: FoxError, hide: (text: string) => string): FoxError {
  const { message, code, details, hints } = error;
  if (error instanceof ApiError)
    return new ApiError(error.status, error.reason, hide(message.replace(/^the cluster answered: /, '')));
  return new FoxError(code, hide(message), { details: details.map(hide), hints: hints.map(hide) });
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const quoted = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, quoted, bytes.toString('base64'), bytes.toString('base64url')])];
}

/** A Secret of fox's name that somebody else has made. */
export function takenSecret({ namespace }: Pick<ApiClient, 'namespace'>, name: string): FoxError {
  return new FoxError('CONFLICT', `Secret ${name} exists and wasn't made by fox; it was left alone`, {
    hints: [`Remove it, if nobody needs it: \`kubectl delete secret ${name} -n ${namespace}\`.`],
  });
}
