/** No pattern that a person writes is longer, and a longer one could be made to take long. */
const MAX_LENGTH = 255;

/**
 * Reads a regular expression of someone else's, in RE2's syntax: https://github.com/google/re2/wiki/Syntax. It is
 * matched in a time that grows with the text alone, whatever the pattern; the engine of the language itself can be made
 * to run for ever.
 * @returns whether a whole text is what the pattern says. Null: it is no pattern, or too long a one.
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
