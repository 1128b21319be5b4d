// Translates what the file system refuses into one clear error with the path and the reason.
import { getSystemErrorMap } from 'node:util';
import { FoxError } from './errors.ts';

const hintsByCode: Readonly<Record<string, readonly string[]>> = {
  ENOSPC: ['Free some space, then run the command again.', 'Remove what nothing uses: `fox prune`.'],
  EDQUOT: ['Your disk quota is used up: free some space, then run the command again.'],
  EACCES: ['Check owner and permissions of that path.'],
  EPERM: ['Check owner and permissions of that path.'],
  EROFS: ['Use a place that can be written to: set FOX_HOME.'],
  EMFILE: ['Raise the limit of open files: `ulimit -n 4096`.'],
};

/**
 * The error to throw instead of `error`: FoxError FILE_SYSTEM if it comes from the file system, else itself.
 * `action` completes "can't …", e.g. `write the image layer`; `path` is named unless the error knows its own.
 */
export function fileSystemError(error: unknown, action: string, path: string): unknown {
  if (!isSystemError(error)) return error;
  const reason = getSystemErrorMap().get(error.errno)?.[1] ?? error.message;
  const places = [error.path ?? path, ...(error.dest === undefined ? [] : [error.dest])];
  return new FoxError('FILE_SYSTEM', `can't ${action}: ${places.join(' → ')}: ${reason}`, {
    hints: hintsByCode[error.code] ?? [],
    cause: error,
  });
}

/** Whether an error says so by its code, e.g. `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly path?: string;
  /** Where it was to be copied, moved or linked to. */
  readonly dest?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' && 'syscall' in error;
}
