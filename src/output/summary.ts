// Appends what a command did to a file of Markdown, as CI systems want their summaries.
import { appendFile } from 'node:fs/promises';
import { fileSystemError } from '../core/file-system-error.ts';

/** Adds to a file; makes it if it isn't there. @throws FoxError FILE_SYSTEM. */
export async function appendSummary(file: string, markdown: string): Promise<void> {
  try {
    await appendFile(file, markdown);
  } catch (error) {
    throw fileSystemError(error, 'write the summary', file);
  }
}
