import type { SetupTarget, Snippet } from '../../http/setup.ts';

/** The target of a snippet, as for packages; a repository is named by its path. */
export type RepositoryTarget = Pick<SetupTarget, 'base' | 'username' | 'token'> & { projectPath: string };

/** Snippets that clone with a deploy token of the scope `read_repository`. */
export function setup(target: RepositoryTarget): Snippet[] {
  const { base, projectPath, username, token } = target;
  const repository = `${base}/${projectPath}.git`;
  const shell = (title: string, ...lines: string[]): Snippet => ({ title, language: 'sh', text: lines.join('\n') });
  return [
    shell('Clone', `git clone ${withCredentials(repository, target)}`),
    shell(
      'Keep the token out of the clone',
      'git config --global credential.helper store',
      `printf '%s\\n' ${descriptionOf(target)} | git credential approve`,
      `git clone ${repository}`,
    ),
    {
      title: 'For everything that reads netrc',
      file: '~/.netrc',
      language: 'ini',
      text: `machine ${new URL(base).hostname}\nlogin ${username}\npassword ${token}`,
    },
    shell(
      'In a pipeline, with the token in a variable',
      `export DEPLOY_USER='${username}' DEPLOY_TOKEN='${token}'`,
      `git -c credential.helper='!f() { echo "username=$DEPLOY_USER"; echo "password=$DEPLOY_TOKEN"; }; f' \\`,
      `  clone ${repository}`,
    ),
    {
      ...shell(
        'Submodules and dependencies of a whole group, with a token of the group',
        `git config --global url."${withCredentials(base, target)}/".insteadOf "${base}/"`,
        `git clone --recurse-submodules ${repository}`,
      ),
      ofGroup: true,
    },
  ];
}

/** The `+` in the default user name is escaped: some programs read it as a space. */
function withCredentials(url: string, { username, token }: RepositoryTarget): string {
  return url.replace('://', `://${encodeURIComponent(username)}:${encodeURIComponent(token)}@`);
}

/** The description that `git credential` reads (git-credential, "Input/Output Format"). */
function descriptionOf({ base, username, token }: RepositoryTarget): string {
  const { protocol, host } = new URL(base);
  return `protocol=${protocol.slice(0, -1)} host=${host} 'username=${username}' 'password=${token}'`;
}
