// Request-bound variables: what the router tells a component with each request, as the header `x-fox-env`.
import { canonicalJson } from '../version/canonical.ts';
import {
  type DeclaringComponent,
  type Environment,
  resolveVariables,
  type VariableProblem,
  variableText,
} from './environment.ts';

/** Name of the header; whatever else comes under it is dropped. */
export const requestVariablesHeader = 'x-fox-env';

/** Bytes that the header's value has at most: many servers refuse requests whose headers are large. */
export const maxRequestVariablesBytes = 4_096;

/** Names of the variables that a component is told with each request. */
export function requestVariableNames({ env }: Pick<DeclaringComponent, 'env'>): string[] {
  return Object.keys(env).filter((name) => env[name]?.bind === 'request');
}

/**
 * The header's value for a component in an environment: base64url of canonical JSON of the values that it declares, by
 * name. Undefined where it declares none. Values that are missing or mistyped are left out.
 */
export function requestVariables(
  component: Pick<DeclaringComponent, 'env'>,
  environment: Environment,
): string | undefined {
  if (requestVariableNames(component).length === 0) return undefined;
  const { values } = resolveVariables(component, environment, 'request');
  return Buffer.from(canonicalJson(values)).toString('base64url');
}

/** All that keeps a component from being told its variables in an environment: missing and mistyped ones, and too much of them. */
export function requestVariableProblems(
  component: Pick<DeclaringComponent, 'env'>,
  environment: Environment,
): VariableProblem[] {
  const { problems } = resolveVariables(component, environment, 'request');
  const size = sizeProblem(component, environment);
  return size === undefined ? [...problems] : [...problems, size];
}

/** Why the values of a component's request-bound variables don't fit into the header; undefined if they do. */
export function sizeProblem(
  component: Pick<DeclaringComponent, 'env'>,
  environment: Environment,
): VariableProblem | undefined {
  const bytes = requestVariables(component, environment)?.length ?? 0;
  if (bytes <= maxRequestVariablesBytes) return undefined;
  const { values } = resolveVariables(component, environment, 'request');
  const [largest] = Object.entries(values)
    .map(([name, value]) => ({ name, length: variableText(value).length }))
    .toSorted((one, other) => other.length - one.length);
  return {
    path: 'env',
    message: `is too much to be sent with each request: encoded as a header, its request-bound variables take ${bytes} bytes of at most ${maxRequestVariablesBytes}, which is about 3 KiB of values; the largest is ${largest?.name ?? ''}`,
  };
}
