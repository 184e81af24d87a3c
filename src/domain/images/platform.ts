/** `linux/arm/v7` of what has these fields: a configuration, or an entry of an index. Null: it names none. */
export function platformOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const { os, architecture, variant } = value as Record<string, unknown>;
  if (!isWord(os) || !isWord(architecture) || os === 'unknown') return null;
  return [os, architecture, ...(isWord(variant) ? [variant] : [])].join('/');
}

/** Anyone can write anything there; what is no such word is no platform. */
const isWord = (text: unknown): text is string => typeof text === 'string' && /^[\w.-]{1,40}$/.test(text);
