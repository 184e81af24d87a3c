/**
 * The version that `git version` reports, such as `2.39.5`.
 * @param path the PATH in which git is looked up.
 * @returns null when git cannot be run.
 */
export async function gitVersion(path: string): Promise<string | null> {
  try {
    const child = Bun.spawn(['git', 'version'], { env: { PATH: path, LANG: 'C' }, stdout: 'pipe', stderr: 'ignore' });
    const text = await new Response(child.stdout).text();
    return /^git version (\d+(?:\.\d+)+)/.exec(text)?.[1] ?? null;
  } catch {
    return null;
  }
}
