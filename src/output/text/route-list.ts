// Text of `fox route list`: a row per route, in the order in which they are asked.
import type { RouteListResult } from '../../actions/route/list.ts';
import type { RouteItem, RouteTieItem } from '../../actions/route/route-items.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';
import { byteText, durationText } from './amounts.ts';

export function routeListText(result: RouteListResult, style: Style): string {
  const { items, environment } = result;
  if (items.length === 0) return nothingText(result);
  const withApp = new Set(items.map(({ app }) => app)).size > 1;
  const all: readonly (readonly [string, (item: RouteItem) => string])[] = [
    ['RULE', ({ rule, rules }) => (rules.length === 1 && rule.includes('{{') ? (rules[0] ?? rule) : rule)],
    ['COMPONENT', ({ app, component }) => (withApp ? `${app} ${component}` : component)],
    ['VERSION', ({ version, released }) => (released ? version : `${version} (not released)`)],
    ['PRIORITY', ({ priority }) => (priority === 0 ? '' : String(priority))],
    ['TIMEOUT', ({ timeout }) => (timeout === undefined ? '' : durationText(timeout))],
    ['MAX BODY', ({ maxBody }) => (maxBody === undefined ? '' : byteText(maxBody))],
  ];
  // What no route says isn't worth a column.
  const columns = all.filter(([, cell]) => items.some((item) => cell(item) !== ''));
  return [
    style.dim(`In ${environment}, in the order in which they are asked:`),
    ...tableLines(
      columns.map(([heading]) => heading),
      items.map((item) => columns.map(([, cell]) => cell(item) || '-')),
      style.dim,
    ),
    ...items.flatMap((item) => noteLines(item, withApp, style)),
  ].join('\n');
}

function nothingText({ environment, version }: RouteListResult): string {
  if (version !== undefined) return `${version} has no routes: from outside nothing reaches it.`;
  return `Nothing with a route is released in ${environment}: \`fox route list <version>\` lists those of a version.`;
}

/** What is the matter with a route. */
function noteLines(item: RouteItem, withApp: boolean, style: Style): string[] {
  const { rule, rules, component, problems, ties } = item;
  const name = `${rule} of ${component}`;
  return [
    ...(rules.length > 1 && rule.includes('{{')
      ? [style.dim(`${name} stands for ${shownRules(rules)}`)]
      : []),
    ...problems.map((each) => `${style.warn('!')} ${name} matches nothing: ${each}`),
    ...ties.map((tie) => `${style.bad('✘')} ${name} ties with ${tieText(tie, withApp)}`),
  ];
}

function shownRules(rules: readonly string[]): string {
  const shown = rules.slice(0, 5).join(', ');
  return rules.length > 5 ? `${shown} and ${rules.length - 5} more` : shown;
}

function tieText({ app, component, index, example }: RouteTieItem, withApp: boolean): string {
  const matches = example === undefined ? 'may match the same requests' : `match ${example}`;
  return `routes.${index} of ${withApp ? `${app} ` : ''}${component}: both ${matches}, and nothing decides`;
}
