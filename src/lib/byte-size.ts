const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes as people read it: `340.2 MiB`. */
export function formatBytes(bytes: number): string {
  let [amount, unit] = [bytes, 'B'];
  for (const next of UNITS) {
    if (amount < 1024) break;
    [amount, unit] = [amount / 1024, next];
  }
  return `${unit === 'B' ? amount : amount.toFixed(1)} ${unit}`;
}

const SIZES: Readonly<Record<string, number>> = {
  ...{ '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};

/** How many bytes a text such as `500MB`, `5 GiB` or `1048576` means; null: it is no size. */
export function byteSizeIn(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?$/.exec(text);
  const size = match && SIZES[match[2] ?? ''];
  return match && size ? Math.floor(Number(match[1]) * size) : null;
}

/** A size to the byte, as `byteSizeIn` reads it: `5 GiB`, `1048577`. */
export function writeByteSize(bytes: number): string {
  const unit = [...UNITS].reverse().find((one) => bytes > 0 && bytes % (SIZES[one.slice(0, 2)] ?? 1) === 0);
  return unit === undefined ? String(bytes) : `${bytes / (SIZES[unit.slice(0, 2)] ?? 1)} ${unit}`;
}
