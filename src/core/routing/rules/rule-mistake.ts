// Mistakes of rules that can be read: what no request can ever match. Routers go by such rules; whoever writes one is told.
import { didYouMean } from '../../names.ts';
import { isOwnHeader } from '../matched-headers.ts';
import { selectorHeaders } from '../selector.ts';
import { areDisjoint } from './disjoint.ts';
import type { PatternTemplate } from './pattern.ts';
import { typeFits } from './predicate.ts';
import type { PredicateTemplate } from './predicate-template.ts';
import { placed, predicatesOf, type RuleTemplate } from './rule-text.ts';

/** What begins requests. */
const knownType = 'http';

/** Others can be meant, but what is nearly one of these is one of these. */
const commonMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

/** Registered ones that are nearly others. */
const otherMethods = ['BIND', 'COPY', 'LINK', 'LOCK', 'MOVE', 'PURGE', 'REBIND', 'SEARCH', 'TRACE', 'UNBIND'];

/** Why a rule is a mistake, as a sentence without its subject. What a variable stands for isn't looked at. */
export function ruleMistake({ expression, variables, rules }: RuleTemplate): string | undefined {
  for (const template of predicatesOf(expression)) {
    const problem = predicateMistake(template);
    if (problem !== undefined)
      return expression.is === 'predicate' ? problem : placed(problem, template.of, template.column);
  }
  return variables.length === 0 && rules.every((rule) => areDisjoint(rule, rule))
    ? 'matches no request at all: its conditions exclude each other'
    : undefined;
}

function predicateMistake({ of, patterns }: PredicateTemplate): string | undefined {
  const texts = patterns.map(plainText);
  const [text] = texts;
  if (of === 'Method') return texts.map(methodMistake).find((each) => each !== undefined);
  if (text === undefined) return undefined;
  if (of === 'Type' && !typeFits(text.toLowerCase(), knownType))
    return `has the unknown type "${text}"; known is ${knownType}`;
  if (of === 'Header' && isOwnHeader(text.toLowerCase()))
    return `is about the header ${text}, which rules don't see: fox keeps such headers to itself`;
  if (of === 'Query' && selectorHeaders.has(text))
    return `is about the query parameter ${text}, which rules don't see: it is a selector, which fox takes out`;
  return undefined;
}

function methodMistake(text: string | undefined): string | undefined {
  const method = text?.toUpperCase();
  if (method === undefined || commonMethods.includes(method) || otherMethods.includes(method))
    return undefined;
  const guess = didYouMean(method, commonMethods);
  return guess === undefined ? undefined : `has the unknown method ${method}; did you mean ${guess}?`;
}

/** Undefined: a variable is in it. */
function plainText(pattern: PatternTemplate): string | undefined {
  return pattern.every((piece) => typeof piece === 'string') ? pattern.join('') : undefined;
}
