// `fox validate`: checks the work tree's config, naming every problem.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { validateConfig } from '../config/validate-config.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { withWorkspace } from './workspace.ts';

/** A config without problems. */
export interface ValidateResult {
  readonly schema: 'fox/v1';
  readonly kind: 'validate';
  readonly file: string;
  readonly app: string;
  readonly components: readonly string[];
}

/** Validates the config as it is in the work tree. @throws FoxError CONFIG_INVALID. */
export async function validate(options: CommonOptions, context: ActionContext): Promise<ValidateResult> {
  return withWorkspace(context, options, async ({ repository, location }) => {
    const text = await readFile(join(repository.root, location.file), 'utf8');
    const { app } = validateConfig({ ...location, text });
    return {
      schema: 'fox/v1',
      kind: 'validate',
      file: location.file,
      app: app.name,
      components: Object.keys(app.components),
    };
  });
}
