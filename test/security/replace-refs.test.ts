/**
 * The attack: a developer pushes `refs/replace/<id of HEAD>`. Git then reads another object in the place of that
 * commit: nobody can push to the branch any more, and the project's page fails or shows a README that a clone does not
 * get.
 */
import { expect, test } from 'bun:test';
import { appOverPipe } from '../support/app-over-pipe.ts';
import { addCommits, makeRepository, repositoryFolder } from '../support/git.ts';

const scene = appOverPipe();
const { client } = scene;

async function pushedRepository(folder: string) {
  const project = await scene.app.seed.project(await scene.app.seed.group());
  const cwd = await makeRepository(client, folder, 3);
  const run = (...args: string[]) => client.run(['git', ...args], { cwd, env: scene.pipe.env });
  const git = async (...args: string[]) =>
    (await client.ok(['git', ...args], { cwd, env: scene.pipe.env })).stdout.trim();
  const url = scene.pipe.url(project);
  await git('push', '-q', url, 'main');
  const refs = async () => (await git('ls-remote', url)).split('\n').map((line) => line.split('\t')[1]);
  return { project, cwd, run, git, url, refs, head: await git('rev-parse', 'HEAD') };
}

test('a push to a reserved namespace is refused for that ref alone, with a sentence, and is not in the journal', async () => {
  const { project, run, git, url, refs, head } = await pushedRepository('pushed');
  await git('update-ref', `refs/replace/${head}`, 'HEAD~1');
  const alone = await run('push', url, `refs/replace/${head}`);
  expect(alone.code).not.toBe(0);
  expect(alone.output).toContain(`refs/replace/${head} is not changed: refs/replace/, refs/pipelines/`);
  const reserved = ['keep-around/a', 'pipelines/1', 'merge-requests/1/head', 'environments/e'];
  const mixed = await run(
    'push',
    url,
    'HEAD:refs/heads/dev',
    'HEAD:refs/pull/1/head',
    `refs/replace/${head}`,
    ...reserved.map((name) => `HEAD:refs/${name}`),
  );
  expect(mixed.output).toContain('and 4 more refs are not changed');
  expect(mixed.output).toContain('HEAD -> dev');
  expect(await refs()).toEqual(['HEAD', 'refs/heads/dev', 'refs/heads/main', 'refs/pull/1/head']);
  const atomic = await run('push', '--atomic', url, 'HEAD:refs/heads/third', 'HEAD:refs/pipelines/1');
  expect(atomic.output).toContain('refs/pipelines/1 is not changed');
  expect(await refs()).not.toContain('refs/heads/third');
  const updates = await scene.app.services.repositories.updates(project, null, 10);
  expect(updates.map(({ ref }) => ref).sort()).toEqual(['refs/heads/dev', 'refs/heads/main', 'refs/pull/1/head']);
});

test('a replacement that is in a repository already is neither shown nor honoured', async () => {
  const { project, cwd, git, url, refs, head } = await pushedRepository('planted');
  const bare = repositoryFolder(scene.app.path('repositories'), project.id);
  for (const ref of ['refs/pipelines/7', `refs/replace/${head}`])
    await client.ok(['git', '--git-dir', bare, 'update-ref', ref, head]);
  expect((await scene.app.services.repositories.view(project)).commit?.id).toBe(head);
  expect(await refs()).toEqual(['HEAD', 'refs/heads/main']);
  await addCommits(client, cwd, 1, 'main');
  await git('push', '-q', url, 'main');
  await git('push', '-q', url, 'main:refs/heads/dev');
  await git('push', '-q', url, ':refs/heads/dev');
  expect((await scene.app.services.repositories.view(project)).commit?.id).toBe(await git('rev-parse', 'HEAD'));
});
