import type { SetupTarget, Snippet } from '../../http/setup.ts';

/** What to paste to publish from a project and to install from it, or from its group. */
export function setup({ base, projectId, groupId, username, token }: SetupTarget): Snippet[] {
  const project = `${base}/api/v4/projects/${projectId}/packages/pypi`;
  const group =
    groupId === null ? [] : [pipConf('the group', `${base}/api/v4/groups/${groupId}/-/packages/pypi`, username, token)];
  return [
    {
      title: 'twine: publish to the project',
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
    },
    {
      title: 'Publish with twine',
      language: 'sh',
      text: 'twine upload --verbose --repository gitlab dist/*',
    },
    pipConf('the project', project, username, token),
    ...group,
    { title: 'Install', language: 'sh', text: 'python3 -m pip install my-package' },
    {
      title:
        'Yank a version: it is installed no more unless it is asked for by its number; --request DELETE takes that back',
      language: 'sh',
      text: [
        `curl --fail-with-body --request PUT --header "DEPLOY-TOKEN: ${token}" \\`,
        `  --data '{"reason": "what is wrong with it"}' "${project}/my-package/1.0.0/yank"`,
      ].join('\n'),
    },
    {
      title: 'Poetry: publish to the project',
      language: 'sh',
      text: [
        `poetry config repositories.gitlab ${project}`,
        `poetry config http-basic.gitlab ${username} ${token}`,
        'poetry publish --build --repository gitlab',
      ].join('\n'),
    },
  ];
}

/** pip takes a user name and password from the address alone, or from ~/.netrc. */
function pipConf(from: string, address: string, username: string, token: string): Snippet {
  const url = new URL(`${address}/simple`);
  const index = `${url.protocol}//${encodeURIComponent(username)}:${token}@${url.host}${url.pathname}`;
  return {
    title: `pip: install from ${from}`,
    file: '~/.config/pip/pip.conf',
    language: 'ini',
    text: `[global]\nindex-url = ${index}`,
  };
}
