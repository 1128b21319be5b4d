// Durations and amounts of bytes as a config writes them, in numbers.

/** Milliseconds of `500ms`, `30s`, `2m` or `1h`. */
export function milliseconds(timeSpan: string): number {
  const factor = timeSpan.endsWith('ms')
    ? 1
    : ({ s: 1_000, m: 60_000, h: 3_600_000 }[timeSpan.slice(-1)] ?? 1);
  return Number.parseInt(timeSpan, 10) * factor;
}

/** Bytes of `512`, `512KiB`, `10Mi` or `1GiB`. */
export function bytes(size: string | number): number {
  if (typeof size === 'number') return size;
  const unit = /(Ki|Mi|Gi)/.exec(size)?.[0];
  const factor = unit === undefined ? 1 : ({ Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 }[unit] ?? 1);
  return Number.parseInt(size, 10) * factor;
}
