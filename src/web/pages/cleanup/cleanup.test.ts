import { afterAll, expect, test } from 'bun:test';
import { startApp } from '../../../../test/support/app.ts';
import { createRegistryClient, imageManifest } from '../../../../test/support/registry.ts';
import { PASSWORD } from '../../../../test/support/seed.ts';
import { pagesOf } from '../../../../test/support/signed-in.ts';
import { MINUTE } from '../../../lib/clock.ts';

const started = startApp('sqlite');
afterAll(async () => (await started)[Symbol.asyncDispose]());

/** A project with an image, and a maintainer at a browser. */
async function scene() {
  const app = await started;
  const project = await app.seed.project(await app.seed.group());
  const username = `ada-${crypto.randomUUID().slice(0, 8)}`;
  const user = await app.seed.member(project, 'maintainer', { username, password: PASSWORD });
  const registry = createRegistryClient(app);
  const name = `${project.full_path}/app`;
  const headers = await registry.signIn({ username, secret: user.token }, `repository:${name}:pull,push`);
  const config = await registry.pushBlob(headers, name, '{}');
  const push = async (tag: string, text = tag) => {
    const manifest = imageManifest(config, [], { annotations: { text } });
    expect((await registry.putManifest(headers, name, tag, manifest)).status).toBe(201);
  };
  for (const tag of ['latest', 'pr-1', 'pr-2', 'v1']) await push(tag);
  const [image] = (await app.services.images.repositories.list(project, { page: 1, perPage: 1 })).items;
  if (!image) throw new Error('the image is missing');
  const { signIn, get, post, follow } = pagesOf(app);
  const { cookie, token } = await signIn(username);
  const send = async (path: string, fields: Record<string, string>) => {
    const answer = await post(
      `/${project.full_path}${path}`,
      { authenticity_token: token, ...fields },
      { Cookie: cookie },
    );
    return answer.status === 303 ? follow(answer, cookie) : answer;
  };
  const text = async (path: string) => (await get(`/${project.full_path}${path}`, { Cookie: cookie })).text();
  const tags = () => app.services.images.repositories.tagNames(image.id, 100);
  return { app, project, push, image: `/container_registry/${image.id}`, send, text, tags };
}

const PAGE = '/-/settings/packages_and_registries/cleanup_image_tags';
const FORM = { enabled: '1', cadence: '7d', name_regex: 'pr-.*', name_regex_keep: '', keep_n: '1', older_than: '' };

test('the policy of a project is previewed in numbers, saved and shown', async () => {
  const { app, project, send, text, tags } = await scene();
  expect(await text(PAGE)).toContain('Empty: 30 days, the default of this server');
  const preview = await (await send(`${PAGE}/preview`, FORM)).text();
  expect(preview).toContain('would now delete <strong>1</strong> of 4 tags in 1 image.');
  expect(preview).toContain('value="pr-.*"');
  expect(await app.services.projects.cleanupPolicy(project)).toMatchObject({ enabled: false });
  expect(await tags()).toHaveLength(4);
  const saved = await (await send(PAGE, { ...FORM, untagged_days: '7' })).text();
  expect(saved).toContain('Saved.');
  expect(saved).toContain('in 1 week');
  const expected = { enabled: true, cadence: '7d', keepN: 1, olderThan: null, nameRegex: 'pr-.*', untaggedDays: 7 };
  expect(await app.services.projects.cleanupPolicy(project)).toMatchObject(expected);
  for (const [field, value] of [
    ['name_regex', '('],
    ['name_regex', ''],
    ['untagged_days', 'soon'],
    ['untagged_days', '4000'],
    ['cadence', '2d'],
  ] as const)
    for (const path of field === 'name_regex' && value === '' ? [PAGE] : [PAGE, `${PAGE}/preview`]) {
      const refused = await send(path, { ...FORM, [field]: value });
      expect([path, value, refused.status]).toEqual([path, value, 422]);
      expect(await refused.text()).toContain(`id="${field}-mistake"`);
    }
  expect(await app.services.projects.cleanupPolicy(project)).toMatchObject(expected);
});

test('all tags that a search finds are deleted, but `latest`, and those that were pushed since', async () => {
  const { app, push, image, send, text, tags } = await scene();
  expect(await text(`${image}?search=PR-`)).toContain('Delete 2 tags that match “PR-”?');
  const shown_at = String(app.time.now);
  app.time.now += MINUTE;
  await push('pr-2', 'again');
  await push('pr-3');
  const done = await (await send(`${image}/tags/delete_matching`, { search: 'PR-', shown_at })).text();
  expect(done).toContain('1 tag deleted.');
  expect(await tags()).toEqual(['latest', 'pr-2', 'pr-3', 'v1']);
  for (const search of ['latest', ' ']) await send(`${image}/tags/delete_matching`, { search, shown_at });
  expect(await tags()).toHaveLength(4);
});

test('all manifests that nothing refers to are deleted, with their number in the question', async () => {
  const { push, image, send, text, tags } = await scene();
  for (const again of ['second', 'third']) await push('v1', again);
  const page = await text(`${image}/manifests`);
  expect(page).toContain('Delete 2 manifests that nothing refers to?');
  expect(page).toContain('are deleted after 30 days');
  const done = await (await send(`${image}/manifests/delete`, {})).text();
  expect(done).toContain('2 manifests deleted.');
  expect(done).toContain('No untagged manifests');
  expect(await tags()).toHaveLength(4);
});
