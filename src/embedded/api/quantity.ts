// Amounts of resources: `500m`, `0.5Gi`, `1e3`; compared exactly, and written as Kubernetes writes them.

const pattern = /^([+-]?)(\d+)?(?:\.(\d*))?(m|u|n|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;
const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const nano = 9;

interface Quantity {
  /** In billionths, rounded up. */
  readonly nanos: bigint;
  readonly form: 'decimal' | 'binary' | 'exponent';
}

/** Reads an amount; undefined if it is none. */
function parse(text: string): Quantity | undefined {
  const [, sign, whole = '', fraction = '', suffix = ''] = pattern.exec(text) ?? [];
  if (sign === undefined || (whole === '' && fraction === '')) return undefined;
  const power = binarySuffixes.indexOf(suffix) + 1;
  const exponent = /^[eE]./.test(suffix) ? Number(suffix.slice(1)) : (decimalExponents[suffix] ?? 0);
  const digits = BigInt(`${whole}${fraction}`);
  const scale = nano + exponent - fraction.length;
  const value = digits * 1024n ** BigInt(power);
  const nanos = scale >= 0 ? value * 10n ** BigInt(scale) : dividedUp(value, 10n ** BigInt(-scale));
  const form = power > 0 ? 'binary' : /^[eE]./.test(suffix) ? 'exponent' : 'decimal';
  return { nanos: sign === '-' ? -nanos : nanos, form };
}

function dividedUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

/** Whether a text is an amount. */
export function isQuantity(text: string): boolean {
  return parse(text) !== undefined;
}

/** Less than 0, 0 or more: how one amount compares to another. */
export function compareQuantities(a: string, b: string): number {
  const difference = (parse(a)?.nanos ?? 0n) - (parse(b)?.nanos ?? 0n);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** An amount as Kubernetes stores it: whole, with the largest unit: `0.5Gi` is `512Mi`. */
export function canonicalQuantity(text: string): string {
  const quantity = parse(text);
  if (quantity === undefined || quantity.nanos === 0n) return quantity === undefined ? text : '0';
  const { nanos, form } = quantity;
  const unit = 10n ** BigInt(nano);
  const isWhole = nanos % unit === 0n;
  const isLarge = nanos >= 1024n * unit || nanos <= -1024n * unit;
  if (form === 'binary' && isWhole && isLarge)
    return withLargestUnit(nanos / unit, 1024n, ['', ...binarySuffixes]);
  if (form === 'exponent') return withExponent(nanos);
  return withLargestUnit(nanos, 1000n, ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']);
}

function withLargestUnit(value: bigint, step: bigint, suffixes: readonly string[]): string {
  let rest = value;
  let index = 0;
  while (index < suffixes.length - 1 && rest % step === 0n) {
    rest /= step;
    index += 1;
  }
  return `${rest}${suffixes[index] ?? ''}`;
}

function withExponent(nanos: bigint): string {
  let rest = nanos;
  let exponent = -nano;
  while (rest % 1000n === 0n) {
    rest /= 1000n;
    exponent += 3;
  }
  return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
}
