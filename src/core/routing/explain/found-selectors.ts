// What of a request selects: every place that says something, and which of them count.
import type { HeaderList } from '../connection-headers.ts';
import { findSelectors, placesOf, type Selectors } from '../selector.ts';

/** A selector that a request has, in one of the places where it can stand. */
export interface FoundSelector {
  readonly selects: keyof Selectors;
  /** `query kf-dep` */
  readonly place: string;
  readonly value: string;
  /** It is the first of its kind; the others say nothing. */
  readonly counts: boolean;
}

/** All selectors of a request, each kind in the order of precedence. */
export function foundSelectors(target: string, headers: HeaderList): FoundSelector[] {
  const found = new Map<string, string>();
  findSelectors(target, headers, found);
  return (['environment', 'deployment', 'signature'] as const).flatMap((selects) =>
    placesOf(selects)
      .flatMap((place) => {
        const value = found.get(place);
        return value === undefined ? [] : [{ selects, place, value }];
      })
      .map((each, index) => ({ ...each, counts: index === 0 })),
  );
}
