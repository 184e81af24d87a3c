import type { NamedPackage, SetupTarget, Snippet } from '../../http/setup.ts';

/** Snippets to publish to a project, and to install from it or from its group. */
export function setup({ base, projectId, groupId, token }: SetupTarget): Snippet[] {
  const host = base.replace(/^https?:/, '');
  const project = `/api/v4/projects/${projectId}/packages/npm/`;
  const group = groupId === null ? [] : fromGroup(base, host, groupId, token);
  return [
    {
      title: 'npm, pnpm and classic Yarn: publish and install from the project',
      file: '.npmrc',
      language: 'ini',
      text: `@scope:registry=${base}${project}\n${host}${project}:_authToken=${token}`,
    },
    ...group,
    byName(base, host, token),
    yarn('Yarn 2 and later', token, { server: `${base}${project}`, publishes: true }),
    bun('Bun', `${base}${project}`, token),
    {
      title: 'Publish, with the address of the project',
      language: 'sh',
      text: 'npm publish',
      needs: 'write_package_registry',
    },
    { title: 'Install', language: 'sh', text: 'npm install @scope/package' },
    TAGS,
  ];
}

function yarn(title: string, token: string, { server, publishes }: { server: string; publishes: boolean }): Snippet {
  const address = server.slice(0, -1);
  const text = [
    'npmScopes:',
    '  scope:',
    `    npmRegistryServer: "${address}"`,
    ...(publishes ? [`    npmPublishRegistry: "${address}"`] : []),
    '    npmAlwaysAuth: true',
    `    npmAuthToken: "${token}"`,
    // A comment, because Yarn does not start with an unknown setting.
    '# A newer Yarn 4 leaves alone what was published within a day. To install it at once, where Yarn knows this:',
    '# npmPreapprovedPackages: ["@scope/*"]',
    ...(server.startsWith('http:') ? [`unsafeHttpWhitelist: ["${new URL(server).hostname}"]`] : []),
  ].join('\n');
  return { title, file: '.yarnrc.yml', language: 'yaml', text };
}

const bun = (title: string, url: string, token: string): Snippet => ({
  title,
  file: 'bunfig.toml',
  language: 'toml',
  text: `[install.scopes]\n"@scope" = { url = "${url}", token = "${token}" }`,
});

const TAGS: Snippet = {
  title: 'Set a tag, and remove it',
  language: 'sh',
  text: [
    '# With an address of a group or of the server: in the project that has the version. The tag that was set last counts.',
    'npm dist-tag add @scope/package@1.0.0 next',
    'npm dist-tag rm @scope/package next',
  ].join('\n'),
  needs: 'write_package_registry',
};

/** A package with another scope is not found there: anyone could publish under the name of any group otherwise. */
function byName(base: string, host: string, token: string): Snippet {
  const everywhere = '/api/v4/packages/npm/';
  return {
    title: 'npm and pnpm: install from the whole server, where the scope is the path of the topmost group',
    file: '.npmrc',
    language: 'ini',
    text: [
      `@scope:registry=${base}${everywhere}`,
      `${host}${everywhere}:_authToken=${token}`,
      `${host}/api/v4/projects/:_authToken=${token}`,
    ].join('\n'),
  };
}

/** Tarballs are fetched from their projects, outside the address of the group: the second key is for these. */
function fromGroup(base: string, host: string, groupId: number, token: string): Snippet[] {
  const group = `/api/v4/groups/${groupId}/-/packages/npm/`;
  const file = { file: '.npmrc', language: 'ini' } as const;
  const text = `@scope:registry=${base}${group}\n${host}${group}:_authToken=${token}`;
  return [
    {
      title: 'npm and pnpm: install from all projects of the group',
      ...file,
      text: `${text}\n${host}/api/v4/projects/:_authToken=${token}`,
    },
    {
      title: 'Classic Yarn: install from all projects of the group',
      ...file,
      text: `${text}\nalways-auth=true\ncustom-host-suffix=${new URL(base).host}`,
    },
    yarn('Yarn 2 and later: install from all projects of the group', token, {
      server: `${base}${group}`,
      publishes: false,
    }),
    bun('Bun: install from all projects of the group', `${base}${group}`, token),
  ];
}

/** Snippets to install a version: the registry of its scope, or the default registry, and the command. */
export function install({ base, projectId, token }: SetupTarget, { name, version }: NamedPackage): Snippet[] {
  const project = `/api/v4/projects/${projectId}/packages/npm/`;
  const isScoped = name.startsWith('@');
  // Without a scope Yarn sends credentials only with this setting, and npm warns about it in the file that both read.
  const signsIn = isScoped ? '' : 'npm_config_always_auth=true ';
  const registry = isScoped ? `${name.slice(0, name.indexOf('/'))}:registry` : 'registry';
  const add = (command: string): string => `${command} ${name}@${version}`;
  return [
    {
      title: 'Where it is fetched from',
      file: '.npmrc',
      language: 'ini',
      text: `${registry}=${base}${project}\n${base.replace(/^https?:/, '')}${project}:_authToken=${token}`,
    },
    { title: 'npm', language: 'sh', text: add('npm install') },
    { title: 'pnpm', language: 'sh', text: add('pnpm add') },
    { title: 'Classic Yarn', language: 'sh', text: `${signsIn}${add('yarn add')}` },
  ];
}
