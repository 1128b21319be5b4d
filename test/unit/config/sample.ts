// A small valid config, and what a wrong one is told.
import type { Config } from '../../../src/config/config.ts';
import { validateConfig } from '../../../src/config/validate-config.ts';
import { FoxError } from '../../../src/core/errors.ts';

/** The least that a config must say. */
export const smallest = `app: shop
components:
  web:
    path: web
    command: [node, server.js]
`;

/** Validates a text as fox.config.yaml at the repository's root, or in another directory. */
export function validate(text: string, directory = ''): Config {
  const file = directory === '' ? 'fox.config.yaml' : `${directory}/fox.config.yaml`;
  return validateConfig({ file, directory, text });
}

/** The problems of a text, as they are shown; none if it is valid. */
export function problemsOf(text: string, directory = ''): readonly string[] {
  try {
    validate(text, directory);
    return [];
  } catch (error) {
    if (error instanceof FoxError && error.code === 'CONFIG_INVALID') return error.details;
    throw error;
  }
}

/** Problems of a component `web` with further lines, each without the file and line before it. */
export function componentProblems(lines: string): string[] {
  const indented = lines.replaceAll(/^/gm, '    ');
  return problemsOf(`${smallest}${indented}\n  api-server: { path: api, command: [node, server.js] }\n`).map(
    (line) => line.replace(/^fox\.config\.yaml(:\d+)? /, ''),
  );
}
