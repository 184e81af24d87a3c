/** The pattern of a row, ready to be held against raw paths. */
export interface RoutePattern {
  /** The first segment, when every path that fits has it; null: a parameter begins there. */
  head: string | null;
  /** @returns the raw path parameters, with their escapes; null if the path does not match. */
  match(path: string): Record<string, string> | null;
}

/**
 * Reads a pattern: text that stands for itself, `:name` for one segment, and `:name{.+}` for whatever the expression
 * between the braces takes, slashes too where it says so. The expression has no groups of its own. A parameter takes as
 * much as it can.
 */
export function compilePattern(pattern: string): RoutePattern {
  // Texts, names and expressions, in turns: a text is first and last, if only an empty one.
  const parts = pattern.split(/:(\w+)(?:\{((?:[^{}]|\{[^{}]*\})*)\})?/);
  const names = parts.filter((_, index) => index % 3 === 1);
  const start = parts[0] ?? '';
  const end = parts.at(-1) ?? '';
  const head = (names.length === 0 ? /^\/([^/]*)/ : /^\/([^/]*)\//).exec(start)?.[1] ?? null;
  if (names.length === 0) return { head, match: (path) => (path === pattern ? {} : null) };
  const expression = new RegExp(`^${parts.map(toExpression).join('')}$`);
  const match = (path: string) => {
    // Most non-matching patterns are excluded by their ends, for a tenth of the cost of the expression.
    if (!path.startsWith(start) || !path.endsWith(end)) return null;
    const found = expression.exec(path);
    if (!found) return null;
    const params: Record<string, string> = Object.create(null);
    for (let index = 0; index < names.length; index++) params[names[index] ?? ''] = found[index + 1] ?? '';
    return params;
  };
  return { head, match };
}

function toExpression(part: string | undefined, index: number): string {
  if (index % 3 === 0) return RegExp.escape(part ?? '');
  return index % 3 === 1 ? '' : `(${part ?? '[^/]+'})`;
}
