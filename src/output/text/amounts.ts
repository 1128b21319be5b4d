// Text of amounts: bytes and times.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `10 MiB`, `1.5 KiB`. */
export function byteText(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  while (amount >= 1024 && unit < units.length - 1) [amount, unit] = [amount / 1024, unit + 1];
  return `${Math.round(amount * 10) / 10} ${units[unit] ?? ''}`;
}

/** `250 ms`, `5 s`, `1.5 min`. @param milliseconds how long. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds} ms`;
  if (milliseconds <= 120_000) return `${milliseconds / 1_000} s`;
  return `${Math.round(milliseconds / 6_000) / 10} min`;
}
