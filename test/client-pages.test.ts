import { expect, test } from 'bun:test';
import { DEPLOY_TOKEN_SCOPES } from '../src/domain/deploy-tokens/scopes.ts';
import type { PackageType } from '../src/http/packages/package-type.ts';
import type { SetupTarget, Snippet } from '../src/http/setup.ts';
import { PACKAGE_TYPES } from '../src/package-types.ts';
import { setup as gitSetup } from '../src/protocols/git/setup.ts';
import { setup as imageSetup } from '../src/protocols/oci/setup.ts';
import { tokenSetups } from '../src/token-setups.ts';
import { expectFile } from './support/snapshot.ts';

/** The placeholder for readers. */
const EXAMPLE: SetupTarget = {
  base: 'https://postern.example.com',
  projectId: 24,
  groupId: 12,
  username: 'gitlab+deploy-token-1',
  token: '<deploy token>',
};

for (const type of PACKAGE_TYPES) {
  test(`docs/clients/${type.type}.md holds the snippets that the program hands out`, async () => {
    await expectFile(`docs/clients/${type.type}.md`, pageOf(type));
  });
}

test('docs/clients/git.md holds the snippets that the program hands out', async () => {
  const snippets = gitSetup({ ...EXAMPLE, projectPath: 'group/project', token: 'TOKEN' });
  const introduction = `The project, the user name and \`TOKEN\` stand for yours. The token needs the scope \`read_repository\`; it clones, fetches and
downloads LFS objects, and never pushes. To push, a person uses a password or a personal access token.`;
  await expectFile('docs/clients/git.md', ['# Git', introduction, ...snippets.map(section)].join('\n\n').concat('\n'));
});

test('docs/clients/images.md holds the snippets that the program hands out', async () => {
  const { username } = EXAMPLE;
  const target = { registry: 'https://postern.example.com', projectPath: 'group/project', username, token: 'TOKEN' };
  const introduction = `The host, the project, the user name and \`TOKEN\` stand for yours. To pull, the token needs the scope \`read_registry\`; to push, it needs
\`write_registry\` as well. An image is named by its project, and perhaps more behind it.`;
  const page = ['# Container images', introduction, ...imageSetup(target).map(section)];
  await expectFile('docs/clients/images.md', page.join('\n\n').concat('\n'));
});

test('no snippet has a secret in an address', () => {
  const target = { ...EXAMPLE, token: 'gldt-secret' };
  const texts = PACKAGE_TYPES.flatMap((type) => type.setup(target)).map(({ text }) => text);
  expect(texts.filter((text) => /[?&][a-z_]+=gldt-secret/.test(text))).toEqual([]);
});

test('a token of a project is handed nothing that only a token of a group can do', () => {
  const setups = tokenSetups({ lfs: true, registry: true, packages: true }, PACKAGE_TYPES);
  const target = { ...EXAMPLE, registry: 'https://postern.example.com', scopes: DEPLOY_TOKEN_SCOPES };
  const places = { project: { id: 24, path: 'group/project' }, group: { id: 12, path: 'group' } };
  const titles = (owner: 'project' | 'group') =>
    setups({ ...target, ...places, owner }).flatMap(({ snippets }) => snippets.map(({ title }) => title));
  expect(titles('project').filter((title) => title.includes('token of the group'))).toEqual([]);
  expect(titles('group').filter((title) => title.includes('token of the group'))).toHaveLength(1);
});

function pageOf(type: PackageType): string {
  const introduction = `Project ${EXAMPLE.projectId}, group ${EXAMPLE.groupId} and the user name of the token stand for yours. To publish, the token needs
the scope \`write_package_registry\`; to install, \`read_package_registry\` is enough. A file holds ${sizeOf(type.maxBytes)} at most.`;
  return [`# ${type.title}`, introduction, ...type.setup(EXAMPLE).map(section)].join('\n\n').concat('\n');
}

function section({ title, file, language, text, untested }: Snippet): string {
  const where = file === undefined ? '' : `In \`${file}\`:\n\n`;
  const note = untested === undefined ? '' : `\n\nNot tested: ${untested}`;
  return `## ${title}\n\n${where}\`\`\`${language}\n${text}\n\`\`\`${note}`;
}

const sizeOf = (bytes: number) =>
  bytes >= 1024 ** 3 ? `${bytes / 1024 ** 3} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
