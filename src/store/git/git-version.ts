/**
 * What `git version` says of itself, such as `2.39.5`.
 * @param path where programs are looked for.
 * @returns null when there is no git to be run.
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
