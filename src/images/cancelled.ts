// The error of builds that were aborted.
import { FoxError } from '../core/errors.ts';

/** The signal's reason if that is fox's own error, else FoxError CANCELLED. */
export function cancelled(signal: AbortSignal): FoxError {
  const reason: unknown = signal.reason;
  if (reason instanceof FoxError) return reason;
  return new FoxError('CANCELLED', 'the build was cancelled', { cause: reason });
}
