// How a pod's Node process comes to pass the context on: by a program in its NODE_OPTIONS, with no file in its image.
import { deflateRawSync } from 'node:zlib';
import type { V1EnvVar } from '@kubernetes/client-node';
import { FoxError } from '../../core/errors.ts';
import { nodePropagation, type Propagation } from '../../core/version/propagation.ts';

/** Replaced by the text of `src/component/preload.ts` when fox is built. */
declare const FOX_PRELOAD: string;

const name = 'NODE_OPTIONS';
/** Where the component's own options are, if they aren't known here. */
const ownName = 'FOX_OWN_NODE_OPTIONS';

/**
 * The variables with NODE_OPTIONS that load it; options that the component has itself are kept.
 * @throws FoxError CLUSTER_ERROR for a format that this fox doesn't know.
 */
export function nodeOptions(variables: readonly V1EnvVar[], { node: format }: Propagation): V1EnvVar[] {
  if (format !== nodePropagation) {
    throw new FoxError(
      'CLUSTER_ERROR',
      `a component has propagation format ${format}; this fox knows format ${nodePropagation}`,
      { hints: ['Use the fox that made this version, or a newer one.'] },
    );
  }
  const load = loadingOption(FOX_PRELOAD);
  const own = variables.find((each) => each.name === name);
  const others = variables.filter((each) => each !== own);
  if (own === undefined) return [...others, { name, value: load }];
  if (own.valueFrom === undefined) return [...others, { name, value: `${own.value ?? ''} ${load}`.trim() }];
  return [...others, { ...own, name: ownName }, { name, value: `$(${ownName}) ${load}` }];
}

/**
 * The option by which Node loads a program from its own text. Packed, so that a pod's description stays readable; without
 * spaces, double quotes and backslashes, as NODE_OPTIONS wants it.
 */
export function loadingOption(program: string): string {
  const packed = deflateRawSync(program, { level: 9 }).toString('base64');
  const unpacked = `inflateRawSync(Buffer.from('${packed}','base64')).toString('base64')`;
  const loader = `import{inflateRawSync}from'node:zlib';await(import('data:text/javascript;base64,'+${unpacked}))`;
  return `--import data:text/javascript,${loader}`;
}
