/** Longest pattern, in characters: a longer one could be slow. */
const MAX_LENGTH = 255;

/**
 * Compiles an untrusted regular expression in RE2's syntax: https://github.com/google/re2/wiki/Syntax. Matching takes
 * time linear in the text, whatever the pattern; the engine of the runtime can take for ever.
 * @returns a test of whether a whole text matches. Null: it is no pattern, or too long.
 */
export async function compilePattern(pattern: string): Promise<((text: string) => boolean) | null> {
  if (pattern.length > MAX_LENGTH) return null;
  const { RE2JS, RE2JSException } = await import('re2js');
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.matches(text);
  } catch (error) {
    if (error instanceof RE2JSException) return null;
    throw error;
  }
}
