// Text of one virtual environment: what it is like, its values, what needs them, and what is missing.
import type { EnvironmentShowResult } from '../../actions/environments/show.ts';
import type { Declaration, ValueInForce } from '../../actions/environments/values/shown-values.ts';
import { tellsWhatAnswers } from '../../core/environments/inheritance.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';
import { addresses, brokenText, timeText } from './environments.ts';
import { shortened, valueText, variableLine } from './value.ts';

/** An environment in full. `withOrigin`: with where each value comes from, and what it overrides. */
export function environmentText(shown: EnvironmentShowResult, style: Style, withOrigin: boolean): string {
  const { name, broken, values } = shown;
  return [
    `${style.bold(name)}${shown.isDefault ? style.dim(' (of plain traffic that says nothing else)') : ''}`,
    ...(broken === undefined
      ? []
      : [brokenText(name, broken, style), ...shown.mending.map((each) => `  ${each}`)]),
    ...headLines(shown),
    '',
    ...(values.length === 0 ? ['It has no values.'] : valueLines(values, style, withOrigin)),
    ...unsetLines(shown),
    ...noteLines(shown, style),
  ].join('\n');
}

function headLines(shown: EnvironmentShowResult): string[] {
  const { lineage, parent, policy, access, versions, released, expiresAt } = shown;
  const apps = new Set([...versions.map(({ app }) => app), ...Object.keys(released)]);
  const named = (app: string, version: string) => (apps.size > 1 ? `${app} ${version}` : version);
  const time = timeText(shown);
  const facts: [string, string | undefined][] = [
    ['inherits', lineage.length > 1 ? lineage.slice(1).join(' → ') : parent],
    ['policy', policy],
    ['access', access],
    ['browsers', browserText(shown)],
    ['plain URLs', addresses(shown)],
    ['time', time === undefined ? undefined : `${time} (${expiresAt ?? ''})`],
    ['runs', versions.map(({ app, version }) => named(app, version)).join(', ')],
    [
      'released',
      Object.entries(released)
        .map(([app, version]) => named(app, version))
        .join(', '),
    ],
  ];
  return facts.flatMap(([key, text]) =>
    text === undefined || text === '' ? [] : [`  ${key.padEnd(10)}  ${text}`],
  );
}

/** What isn't so by default: `don't keep what they select · keep a page's assets for 30m after a release`. */
function browserText(shown: EnvironmentShowResult): string {
  const { sticky, skewProtection, responseHeaders } = shown;
  const isTold = tellsWhatAnswers(shown);
  return [
    ...(sticky === false ? ["don't keep what they select"] : []),
    ...(skewProtection === undefined || skewProtection === 'off'
      ? []
      : [`keep a page's assets for ${skewProtection} after a release`]),
    ...(responseHeaders === false && isTold ? ["aren't told what answers"] : []),
    ...(responseHeaders === true && !isTold ? ['are told what answers'] : []),
  ].join(' · ');
}

function valueLines(values: readonly ValueInForce[], style: Style, withOrigin: boolean): string[] {
  const rows = values.map((value) => [
    value.name,
    valueText(value),
    value.of === 'secret' ? 'secret' : value.type,
    ...(withOrigin
      ? [
          value.origin,
          value.overrides === undefined ? '-' : `${value.overrides.origin}: ${valueText(value.overrides)}`,
        ]
      : []),
    neededBy(value, style),
  ]);
  const heading = ['NAME', 'VALUE', 'TYPE', ...(withOrigin ? ['FROM', 'OVERRIDES'] : []), 'DECLARED BY'];
  return tableLines(heading, rows, style.dim);
}

/** What runs there and needs it; what runs elsewhere only where that is all there is. */
function neededBy({ unused, declaredBy, declaredElsewhere }: ValueInForce, style: Style): string {
  if (unused) return style.warn('nobody: unused');
  return declaredBy.length > 0
    ? declarationsText(declaredBy)
    : style.dim(`nobody here; elsewhere ${declarationsText(declaredElsewhere)}`);
}

function declarationsText(declarations: readonly Declaration[]): string {
  return declarations.map(declarationText).join(', ');
}

/** `order-ui (v1, v2; per request)` */
function declarationText({ component, as, versions }: Declaration): string {
  const shown = versions.length > 4 ? [...versions.slice(0, 2), '…', versions.at(-1)] : versions;
  const how = as === 'request' ? '; per request' : as === 'route' ? '; in routes' : '';
  return `${component} (${shown.join(', ')}${how})`;
}

function unsetLines({ unset }: EnvironmentShowResult): string[] {
  if (unset.length === 0) return [];
  const names = unset.map(({ name, default: value, declaredBy }) => {
    const by = [...new Set(declaredBy.map(({ component }) => component))].join(', ');
    return `  ${name}  ${value === undefined ? '' : `default ${shortened(variableLine(value))}, `}declared by ${by}`;
  });
  return ['', 'Declared by what runs here, and not set:', ...names];
}

/** What doesn't run as it should, and what isn't in force here yet. */
function noteLines({ name, problems, held }: EnvironmentShowResult, style: Style): string[] {
  const lines = [
    ...problems.map(
      ({ app, version, path, message }) =>
        `${style.bad('✘')} ${app} ${version} can't run here: ${path} ${message}`,
    ),
    ...held.map(({ app, version, differing }) =>
      differing.length === 0
        ? `${app} ${version} keeps what it was released with; nothing of that has changed since`
        : `${style.warn('!')} ${app} ${version} keeps what it was released with, with other values of ${differing.join(', ')}; \`fox release ${version} -e ${name}\` takes these over`,
    ),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}
