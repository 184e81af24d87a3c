const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes in its largest whole unit: `340.2 MiB`. */
export function formatBytes(bytes: number): string {
  let amount = bytes;
  let unit = 'B';
  for (const next of UNITS) {
    if (amount < 1024) break;
    [amount, unit] = [amount / 1024, next];
  }
  return `${unit === 'B' ? amount : amount.toFixed(1)} ${unit}`;
}

const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

/**
 * The number of bytes that a text such as `500MB`, `5 GiB`, `5 gib`, `1.5 G` or `1048576` means; null: it is no size.
 */
export function byteSizeIn(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)?(?:b|bytes?)?$/i.exec(text.trim());
  const size = match && SIZES[(match[2] ?? '').toLowerCase()];
  return match && size ? Math.floor(Number(match[1]) * size) : null;
}

const sizeOf = (unit: (typeof UNITS)[number]) => SIZES[unit.slice(0, 2).toLowerCase()] ?? 1;

/** An exact size in a form that `byteSizeIn` reads: `5 GiB`, `1048577`. */
export function writeByteSize(bytes: number): string {
  const unit = [...UNITS].reverse().find((one) => bytes > 0 && bytes % sizeOf(one) === 0);
  return unit === undefined ? String(bytes) : `${bytes / sizeOf(unit)} ${unit}`;
}
