// From a config's text to a validated app: all problems of the file are found and told at once.
import { checkReferences } from './check-references.ts';
import { type ConfigDocument, parseConfigDocument } from './config-document.ts';
import { configError, type ConfigProblem, type Report } from './config-problem.ts';
import type { Config, ConfigSource } from './config.ts';
import { resolvePlaceSettings } from './place-settings.ts';
import { resolveApp } from './resolve-app.ts';
import { configSchema } from './schema.ts';
import { reportIssues, withoutIssues } from './schema-issues.ts';

/**
 * Validates a config and resolves its paths and defaults.
 * @throws FoxError CONFIG_INVALID with every problem found, each with file, line and path.
 */
export function validateConfig(source: ConfigSource): Config {
  const document = parseConfigDocument(source.file, source.text, source.key);
  if (document.syntaxProblems.length > 0) throw configError(document.syntaxProblems);
  const problems: ConfigProblem[] = [];
  const report = reporter(document, problems);

  const value = document.value ?? {};
  const parsed = configSchema.safeParse(value);
  const issues = parsed.error?.issues ?? [];
  reportIssues(issues, value, report);
  const ofSchema = problems.splice(0);
  checkReferences(withoutIssues(value, issues), source.directory, report);
  // Whether a key may be there at all is told rather than what is wrong with its value.
  const told = new Set(problems.map(({ path }) => path));
  problems.unshift(...ofSchema.filter(({ path }) => path === '' || !told.has(path)));
  if (!parsed.success || problems.length > 0) throw configError(problems);
  return {
    app: resolveApp(parsed.data, source.directory),
    defaultEnvironment: parsed.data.defaultEnvironment ?? 'default',
    settings: resolvePlaceSettings(parsed.data),
  };
}

function reporter(document: ConfigDocument, problems: ConfigProblem[]): Report {
  return (path, message) => {
    const line = document.lineOf(path);
    problems.push({
      file: document.file,
      ...(line === undefined ? {} : { line }),
      path: path.join('.'),
      message,
    });
  };
}
