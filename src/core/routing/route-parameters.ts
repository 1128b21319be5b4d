// What a route's rule has captured of a request, as the header `x-fox-params` tells the component.

/** Form-urlencoded names and values: `id=42&rest=a%2Fb`. Only where the rule captures something by name. */
export const routeParametersHeader = 'x-fox-params';

/** Value of the header; undefined: nothing is captured. */
export function writeRouteParameters(captures: Readonly<Record<string, string>>): string | undefined {
  const names = Object.keys(captures);
  return names.length === 0 ? undefined : new URLSearchParams(captures).toString();
}
