// An upload that a registry has begun: where it goes on, and how it is given up.
import { FoxError } from '../../core/errors.ts';
import { type Answer, headerOf } from './exchange.ts';
import type { RegistrySession } from './session.ts';

/** An upload that the registry has begun. */
export interface Upload {
  readonly location: URL;
  /** Bytes that the registry has. */
  readonly offset: number;
}

/** Begins an upload to a repository. */
export async function beginUpload(
  session: RegistrySession,
  repository: string,
  signal: AbortSignal | undefined,
): Promise<Upload> {
  const answer = await session.request({
    method: 'POST',
    target: `/v2/${repository}/blobs/uploads/`,
    access: { repository, action: 'push' },
    headers: { 'content-length': '0' },
    signal,
  });
  return uploadAt(session, answer, 0);
}

/** The upload that an answer leads to. */
export async function uploadAt(session: RegistrySession, answer: Answer, offset: number): Promise<Upload> {
  await answer.body.dump();
  const location = headerOf(answer, 'location');
  if (location !== undefined && URL.canParse(location, answer.url.href)) {
    return { location: new URL(location, answer.url), offset };
  }
  throw new FoxError('REGISTRY_ERROR', `the registry ${session.host} doesn't say where to upload to`);
}

/** Gives an upload up. Some registries can't end one: they forget it by themselves. */
export async function abandonUpload(
  session: RegistrySession,
  repository: string,
  { location }: Upload,
  signal: AbortSignal | undefined,
): Promise<void> {
  const answer = await session.request({
    method: 'DELETE',
    target: location,
    access: { repository, action: 'push' },
    accept: [400, 401, 403, 404, 405],
    signal,
  });
  await answer.body.dump();
}
