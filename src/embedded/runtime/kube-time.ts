// Times as Kubernetes writes them.

/** RFC 3339 in UTC with seconds: `2026-01-02T03:04:05Z`. */
export function kubeTime(milliseconds: number = Date.now()): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 in UTC with nanoseconds (the clock gives milliseconds): `2026-01-02T03:04:05.678000000Z`. */
export function logTime(milliseconds: number = Date.now()): string {
  return `${new Date(milliseconds).toISOString().slice(0, 23)}000000Z`;
}
