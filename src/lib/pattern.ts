/** Longest pattern, in characters. */
const MAX_LENGTH = 255;
/**
 * The most repetitions that the bounds of a pattern add up to. Each is compiled to a copy of what it repeats, and
 * matching takes time in proportion to the compiled program.
 */
const MAX_REPEATS = 500;
/** Largest compiled program, in instructions. */
const MAX_PROGRAM = 1000;

/**
 * Compiles an untrusted regular expression in RE2's syntax: https://github.com/google/re2/wiki/Syntax. Matching takes
 * time linear in the text, whatever the pattern; the engine of the runtime can take for ever.
 * @returns a test of whether a whole text matches. Null: it is no pattern, too long, or has too many repetitions.
 */
export async function compilePattern(pattern: string): Promise<((text: string) => boolean) | null> {
  if (pattern.length > MAX_LENGTH || repeatsIn(pattern) > MAX_REPEATS) return null;
  const { RE2JS, RE2JSException } = await import('re2js');
  try {
    const compiled = RE2JS.compile(pattern);
    if (compiled.programSize() > MAX_PROGRAM) return null;
    return (text) => compiled.matches(text);
  } catch (error) {
    if (error instanceof RE2JSException) return null;
    throw error;
  }
}

/** The sum of the larger bounds of `{n}`, `{n,}` and `{n,m}`. */
function repeatsIn(pattern: string): number {
  const bounds = pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g);
  return [...bounds].reduce((sum, [, least, most]) => sum + Math.max(Number(least), Number(most ?? 0)), 0);
}
