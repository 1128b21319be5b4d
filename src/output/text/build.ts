// Text of a build: which image each component has now.
import type { BuildResult } from '../../actions/build.ts';
import type { Style } from '../style.ts';
import { tableLines } from '../table.ts';

/** One row per component. */
export function buildText({ app, version, components, builds }: BuildResult, style: Style): string {
  const rows = components.map(({ name, action, reference }) => [
    name,
    action === 'build' ? 'built' : style.dim('found'),
    reference,
  ]);
  const count = builds === 1 ? '1 image' : `${builds} images`;
  return [
    `${style.bold(`${app} ${version}`)}: ${count} built, ${components.length - builds} there already`,
    '',
    ...tableLines(['COMPONENT', 'ACTION', 'IMAGE'], rows, style.dim),
  ].join('\n');
}
