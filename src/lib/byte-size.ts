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
