// The rules of routes: which requests a rule means, and what it stands for in an environment.
import type { Route } from '../../version/app.ts';
import type { Environment, VariableProblem } from '../../environments/environment.ts';
import { FoxError } from '../../errors.ts';
import type { Rule } from './rule-branches.ts';
import { expandRule } from './rule-expansion.ts';
import { readRule, type RuleTemplate } from './rule-text.ts';

export { type Rule, ruleText } from './rule-branches.ts';
export type { RuleTemplate } from './rule-text.ts';

/**
 * Reads a rule: predicates, combined by `&&`, `||`, `!` and parentheses. Texts stand in back-ticks, or in double quotes where
 * `\"` and `\\` are escapes.
 *
 * - `All()` · ``Method(`GET`, `POST`)`` · ``Type(`http`)``
 * - ``Path(`/a/{id}`)`` · ``PathPrefix(`/a`)``: compared segment by segment after percent-decoding, so `/a` is no prefix of `/ab`.
 *   A slash at the end counts for `Path` (`/a/` isn't `/a`) and doesn't for `PathPrefix`.
 * - ``Host(`{tenant}.example.com`)``: compared label by label, in lower case, without port, nor a dot at its end.
 * - ``Header(`name`, `value`)`` · ``Query(`name`, `value`)``: one of several values is enough; without a value: it is there.
 *
 * A segment or a label may be `{name}` (anything but nothing), `{name:regex}`, the same without a name, or text with such in it; a path
 * may end in `{name...}` (all that follows, at least a slash). The value of a header or a parameter is a text or `{regex}`. Regexes
 * are RE2's and match wholes. Braces of texts are written `\{` and `\}`.
 *
 * `{{.Vars.name}}` (or `{{.Env.name}}`) stands for a value of the virtual environment, a list for one of its members: always as plain text. At the
 * beginning of a path `{{.Vars.subPath}}` stands for the sub-path. Which rule goes first is told at Precedence.
 * @throws FoxError CONFIG_INVALID
 */
export function parseRule(rule: string): RuleTemplate {
  const parsed = readRule(rule);
  if (typeof parsed !== 'string') return parsed;
  throw new FoxError('CONFIG_INVALID', `the rule ${rule} ${parsed}`);
}

/** Why a rule isn't one, as a sentence without its subject; undefined if it is one. */
export function ruleProblem(rule: string): string | undefined {
  const parsed = readRule(rule);
  return typeof parsed === 'string' ? parsed : undefined;
}

/** The rules that a route stands for in an environment; none if it has problems. @throws FoxError CONFIG_INVALID */
export function rulesIn(route: Route, environment: Pick<Environment, 'vars'>): readonly Rule[] {
  return expandRule(parseRule(route.rule), route, environment).rules;
}

/** All that keeps a component's routes from being matched in an environment, by keys as `routes.0.env.REGION`. */
export function routeProblems(
  { routes }: { readonly routes: readonly Route[] },
  environment: Pick<Environment, 'vars'>,
): VariableProblem[] {
  return routes.flatMap((route, index) =>
    expandRule(parseRule(route.rule), route, environment).problems.map(({ path, message }) => ({
      path: `routes.${index}.${path}`,
      message,
    })),
  );
}
