// Who one is and what one may do: the one token of the embedded cluster may do everything.
import { parseJson } from './decode.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { Problems } from './problems.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { badRequest, jsonResponse, methodNotAllowed } from './request.ts';

/** A question that is posted, and answered in its status. */
export interface Review {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly status: object;
  /** What its spec must have one of. */
  readonly needs: readonly string[];
}

const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
const everyPath = { verbs: ['*'], nonResourceURLs: ['*'] };
const authorization = { group: 'authorization.k8s.io', version: 'v1' } as const;

/** All reviews. */
export const reviews: readonly Review[] = [
  {
    ...authorization,
    resource: 'selfsubjectaccessreviews',
    singular: 'selfsubjectaccessreview',
    kind: 'SelfSubjectAccessReview',
    status: { allowed: true, reason: 'the token of the embedded cluster may do everything' },
    needs: ['resourceAttributes', 'nonResourceAttributes'],
  },
  {
    ...authorization,
    resource: 'selfsubjectrulesreviews',
    singular: 'selfsubjectrulesreview',
    kind: 'SelfSubjectRulesReview',
    status: { resourceRules: [everything], nonResourceRules: [everyPath], incomplete: false },
    needs: ['namespace'],
  },
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    resource: 'selfsubjectreviews',
    singular: 'selfsubjectreview',
    kind: 'SelfSubjectReview',
    status: { userInfo: { username: 'fox', groups: ['system:masters', 'system:authenticated'] } },
    needs: [],
  },
];

/** Answers a review; undefined where the path leads elsewhere. @throws StatusError 400 or 405. */
export function answerReview({ method, body }: ApiRequest, path: string): ApiResponse | undefined {
  const review = reviews.find(
    ({ group, version, resource }) => path === `/apis/${group}/${version}/${resource}`,
  );
  if (review === undefined) return undefined;
  if (method !== 'POST') throw methodNotAllowed();
  const json = parseJson(body) ?? {};
  const given: JsonObject = isJsonObject(json) ? json : {};
  const spec: JsonObject = isJsonObject(given['spec']) ? given['spec'] : {};
  const { kind, group, version, needs, status } = review;
  if (given['kind'] !== undefined && given['kind'] !== kind)
    throw badRequest(
      `${JSON.stringify(given['kind'])} in version "${version}" cannot be handled as a ${kind}`,
    );
  const [need] = needs;
  if (need !== undefined && !needs.some((name) => spec[name] !== undefined && spec[name] !== '')) {
    const problems = new Problems();
    problems.invalid(
      `spec.${need}`,
      null,
      `exactly one of ${needs.toReversed().join(' or ')} must be specified`,
    );
    problems.throwIfAny({ kind, group }, '');
  }
  const metadata = isJsonObject(given['metadata']) ? given['metadata'] : {};
  return jsonResponse(201, { kind, apiVersion: `${group}/${version}`, metadata, spec, status });
}
