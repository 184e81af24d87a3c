import { expect } from 'bun:test';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import { ROLES, type Role } from '../../../src/domain/members/roles.ts';
import { expectFits, inBrowser, openVisitor } from '../../support/browser.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { createRegistryClient, imageManifest, indexOf, sha256 } from '../../support/registry.ts';
import { PASSWORD } from '../../support/seed.ts';
import type { TestServer } from '../../support/server.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

onOneServer('the tags and manifests of an image', (started) => {
  const story = inBrowser();

  for (const javaScriptEnabled of [true, false])
    story(`several tags are deleted at once, with${javaScriptEnabled ? '' : 'out'} a script`, async () => {
      const server = await started;
      const { address, push } = await furnish(server, 'developer');
      for (const tag of ['v1', 'v2', 'v3', 'v4']) await push(tag, tag);
      await using visitor = await openVisitor(server.url, { javaScriptEnabled });
      const { page } = visitor;
      await visitor.signIn(address.username, PASSWORD);
      await page.goto(address.images);
      await page.getByRole('link', { name: 'app' }).last().click();
      const remove = async () => {
        await page.getByRole('button', { name: 'Delete selected tags' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Delete selected tags' }).click();
      };
      await remove();
      expect(await page.getByRole('status').textContent()).toBe('No tags were selected, so none were deleted.');
      for (const tag of ['v1', 'v3']) await page.getByLabel(`Select ${tag}`).check();
      if (javaScriptEnabled) await expectFits(page);
      await remove();
      expect(await page.getByRole('status').textContent()).toBe('These tags are deleted: v3, v1.');
      expect(await page.getByRole('rowheader').allInnerTexts()).toEqual(['v4', 'v2']);
      const events = await server.services.audit.list({ entityKind: 'Project', entityId: address.projectId }, FIRST);
      expect([events.items[0]?.details['tags']].flat().toSorted()).toEqual(['v1', 'v3']);
      visitor.expectNoComplaints();
    });

  story('what has no tag is listed, looked at, and deleted when nothing lists it', async () => {
    const server = await started;
    const { address, push, putIndex } = await furnish(server, 'developer');
    const left = await push('left behind');
    const child = await push('a part');
    await putIndex('many', [child]);
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn(address.username, PASSWORD);
    await page.goto(address.images);
    await page.getByRole('link', { name: 'app' }).last().click();
    await page.getByRole('link', { name: '2 untagged' }).click();
    await expectFits(page);
    const short = (digest: string) => digest.slice(0, 19);
    expect(await page.getByRole('rowheader').allInnerTexts()).toEqual([short(child), short(left)]);
    // Manifests listed in an index have no button; the index is one click away.
    expect(await page.getByRole('button', { name: 'Delete', exact: false }).count()).toBe(1);
    await page.getByRole('link', { name: short(left) }).click();
    await expectFits(page);
    await page.getByRole('button', { name: 'Copy the digest' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(left);
    await page.getByRole('button', { name: `Delete ${short(left)}` }).click();
    await page.getByRole('button', { name: 'Delete manifest' }).click();
    await page.getByText(`${short(left)} is deleted.`).waitFor();
    expect(await page.getByRole('rowheader').allInnerTexts()).toEqual([short(child)]);
    await page.getByRole('link', { name: short(child) }).click();
    await page.getByText('Part of').waitFor();
    expect(await page.getByRole('button', { name: /^Delete/ }).count()).toBe(0);
    await page.getByRole('definition').getByRole('link').click();
    await page.getByRole('link', { name: 'many', exact: true }).click();
    await page.getByRole('heading', { name: 'many' }).waitFor();
    visitor.expectNoComplaints();
  });

  story(
    'a user who may only pull selects and deletes nothing, and a manifest that got a tag since is kept',
    async () => {
      const server = await started;
      const { address, push } = await furnish(server, 'reporter');
      await push('v1', 'v1');
      const digest = await push('late');
      await using visitor = await openVisitor(server.url);
      const { page } = visitor;
      await visitor.signIn(address.username, PASSWORD);
      await page.goto(address.images);
      await page.getByRole('link', { name: 'app' }).last().click();
      expect([
        await page.getByRole('checkbox').count(),
        await page.getByRole('button', { name: /^Delete/ }).count(),
      ]).toEqual([0, 0]);
      const image = new URL(page.url()).pathname;
      await page.getByRole('link', { name: '1 untagged' }).click();
      expect(await page.getByRole('button', { name: /^Delete/ }).count()).toBe(0);
      const token = await page.locator('input[name=authenticity_token]').first().inputValue();
      const send = (path: string) =>
        page.request.post(`${image}/${path}`, {
          form: { authenticity_token: token, tag: 'v1' },
          headers: { Origin: server.url },
          maxRedirects: 0,
        });
      for (const path of ['tags/delete', `manifests/${digest}/delete`])
        expect([path, (await send(path)).status()]).toEqual([path, 403]);
      await server.services.members.update(
        { kind: 'project', id: address.projectId },
        address.userId,
        { level: ROLES.developer },
        BY_SYSTEM,
      );
      await push('late', 'v2');
      expect((await send(`manifests/${digest}/delete`)).status()).toBe(409);
      expect((await send(`manifests/${sha256('nothing')}/delete`)).status()).toBe(404);
      expect((await page.goto(`${image}/manifests/${digest}`))?.status()).toBe(200);
      visitor.expectNoComplaints();
    },
  );
});

const FIRST = { page: 1, perPage: 1 };

/** An image `app` in a project of its own, and someone with a role there. */
async function furnish({ seed, url }: TestServer, role: Role) {
  const project = await seed.project(await seed.group());
  const username = `ada-${crypto.randomUUID().slice(0, 8)}`;
  const user = await seed.member(project, role, { username, password: PASSWORD });
  const token = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
  const registry = createRegistryClient({ fetch: (path, init) => fetch(`${url}${path}`, init) });
  const image = `${project.full_path}/app`;
  const headers = await registry.signIn(token, `repository:${image}:pull,push`);
  /** @param tag absent: pushed by its digest. */
  const push = async (text: string, tag?: string): Promise<string> => {
    const config = await registry.pushBlob(
      headers,
      image,
      JSON.stringify({ architecture: 'amd64', os: 'linux', text }),
    );
    const manifest = JSON.stringify(
      imageManifest({ ...config, mediaType: 'application/vnd.oci.image.config.v1+json' }, []),
    );
    const answer = await registry.putManifest(headers, image, tag ?? sha256(manifest), manifest);
    if (answer.status !== 201) throw new Error(`pushing was answered ${answer.status}`);
    return sha256(manifest);
  };
  const putIndex = async (tag: string, digests: readonly string[]) => {
    const index = indexOf(digests.map((digest) => ({ mediaType: MANIFEST, digest, size: 1 })));
    await registry.putManifest(headers, image, tag, index, index.mediaType);
  };
  const images = `/${project.full_path}/container_registry`;
  return { address: { username, userId: user.id, projectId: project.id, images }, push, putIndex };
}
