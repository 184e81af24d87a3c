import type { NamedPackage, SetupTarget, Snippet } from '../../http/setup.ts';

/** Snippets to publish to a project, and to install from it or from its group. */
export function setup(target: SetupTarget): Snippet[] {
  const { base, projectId, groupId } = target;
  const project = `${base}/api/v4/projects/${projectId}/packages/pypi`;
  const group = `${base}/api/v4/groups/${groupId}/-/packages/pypi`;
  return [
    pypirc(project, target),
    {
      title: 'Publish with twine',
      language: 'sh',
      text: 'twine upload --verbose --repository gitlab dist/*',
      needs: 'write_package_registry',
    },
    pipConf('the project', project, target),
    ...(groupId === null ? [] : [pipConf('the group', group, target)]),
    pipInstall('my-package'),
    poetry(project, target),
    poetryInstall(groupId === null ? project : group, target),
    yank(project, target),
  ];
}

const pypirc = (project: string, { username, token }: SetupTarget): Snippet => ({
  title: 'twine: publish to the project',
  needs: 'write_package_registry',
  file: '~/.pypirc',
  language: 'ini',
  text: [
    '[distutils]',
    'index-servers =',
    '    gitlab',
    '',
    '[gitlab]',
    `repository = ${project}`,
    `username = ${username}`,
    `password = ${token}`,
  ].join('\n'),
});

const poetry = (project: string, { username, token }: SetupTarget): Snippet => ({
  title: 'Poetry: publish to the project',
  needs: 'write_package_registry',
  language: 'sh',
  text: [
    `poetry config repositories.gitlab ${project}`,
    `poetry config http-basic.gitlab "${username}" "${token}"`,
    'poetry publish --build --repository gitlab',
  ].join('\n'),
});

/** The package is bound to its source: Poetry does not look for a missing name in another one. */
const poetryInstall = (address: string, { username, token }: SetupTarget): Snippet => ({
  title: 'Poetry: install',
  language: 'sh',
  text: [
    '# From Poetry 1.5 on: poetry source add --priority explicit ..., so that everything else still comes from PyPI.',
    `poetry source add gitlab ${address}/simple`,
    `poetry config http-basic.gitlab "${username}" "${token}"`,
    'poetry add --source gitlab my-package',
  ].join('\n'),
});

const yank = (project: string, { token }: SetupTarget): Snippet => ({
  title: 'Yank a version: it is installed only where its number is asked for; --request DELETE takes that back',
  needs: 'write_package_registry',
  language: 'sh',
  text: [
    `curl --fail-with-body --request PUT --header "DEPLOY-TOKEN: ${token}" \\`,
    `  --data '{"reason": "what is wrong with it"}' "${project}/my-package/1.0.0/yank"`,
  ].join('\n'),
});

/** pip takes a username and password only from the URL or from ~/.netrc. */
function pipConf(from: string, address: string, { username, token }: SetupTarget): Snippet {
  const url = new URL(`${address}/simple`);
  const index = `${url.protocol}//${encodeURIComponent(username)}:${token}@${url.host}${url.pathname}`;
  return {
    title: `pip: install from ${from}`,
    file: '~/.config/pip/pip.conf',
    language: 'ini',
    text: `[global]\nindex-url = ${index}`,
  };
}

const pipInstall = (what: string): Snippet => ({
  title: 'Install',
  language: 'sh',
  text: [
    '# "No matching distribution found" is also what pip says when the token is refused: with -vv it tells them apart.',
    `python3 -m pip install ${what}`,
  ].join('\n'),
});

/** Snippets to install a version. */
export function install(target: SetupTarget, { name, version }: NamedPackage): Snippet[] {
  const project = `${target.base}/api/v4/projects/${target.projectId}/packages/pypi`;
  return [pipConf('the project', project, target), pipInstall(`"${name}==${version}"`)];
}
