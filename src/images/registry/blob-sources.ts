// Where in a registry blobs are or are about to be, so that none is sent twice.

/** Where in the registry blobs have been seen, so that they needn't be sent again. */
export class BlobSources {
  readonly #repositories = new Set<string>();
  readonly #seen = new Map<string, string>();
  readonly #sending = new Map<string, Promise<void>>();

  /** A repository of the same app: base layers may be there from an earlier push. */
  addRepository(repository: string): void {
    if (this.#repositories.size < 8) this.#repositories.add(repository);
  }

  /** A repository has a blob. */
  saw(digest: string, repository: string): void {
    this.#seen.set(digest, repository);
  }

  /**
   * Sends a blob to a repository, unless another push is sending it: then it waits for that to end, and answers false;
   * as it does if another one has sent it since `known` was all that was known.
   */
  async sendOnce(
    digest: string,
    { repository, known }: { readonly repository: string; readonly known: string | undefined },
    send: () => Promise<void>,
  ): Promise<boolean> {
    if (this.known(digest) !== known) return false;
    const other = this.#sending.get(digest);
    if (other !== undefined) {
      await other;
      return false;
    }
    const sending = send().then(() => this.saw(digest, repository));
    // Who waits wants to know when, not how, it ended.
    this.#sending.set(
      digest,
      sending.catch(() => undefined),
    );
    try {
      await sending;
    } finally {
      this.#sending.delete(digest);
    }
    return true;
  }

  /** A repository that had a blob a moment ago. */
  known(digest: string): string | undefined {
    return this.#seen.get(digest);
  }

  /** Repositories that are worth a question. */
  candidates(): readonly string[] {
    return [...this.#repositories];
  }
}
