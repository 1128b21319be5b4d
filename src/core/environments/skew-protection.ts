// How long the pages of a version that was replaced are protected from getting assets of the one that is released now.
import { parseTimeToLive, timeToLiveProblem } from './time-to-live.ts';

/** The word for no protection. */
export const noSkew = 'off';

/** What is wrong with a time of protection, as a sentence fragment; undefined: nothing. */
export function skewProtectionProblem(text: string): string | undefined {
  return text === noSkew || timeToLiveProblem(text) === undefined
    ? undefined
    : `is neither a time of at least a minute, such as 30m, nor ${noSkew}`;
}

/** Length of the protection in ms; 0: there is none, also where nobody can read how long it is. */
export function skewMilliseconds({ skewProtection }: { readonly skewProtection: string }): number {
  return skewProtection === noSkew || timeToLiveProblem(skewProtection) !== undefined
    ? 0
    : parseTimeToLive(skewProtection);
}
