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

/**
 * Gives an upload up. A registry that can't end one, or doesn't let this user, forgets it by itself: that is no reason
 * to wait, or for a push to fail. Its access is one of its own, so that what pushes are shown doesn't ask for it, too.
 */
export async function abandonUpload(
  session: RegistrySession,
  repository: string,
  { location }: Upload,
  signal: AbortSignal | undefined,
): Promise<void> {
  const access = { repository, action: 'delete' } as const;
  try {
    const answer = await session.send({ method: 'DELETE', target: location, access, signal });
    await answer.body.dump();
  } catch (error) {
    if (session.retries(signal).signal.aborted) throw error;
  }
}
