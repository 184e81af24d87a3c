import { expect, test } from 'bun:test';
import { startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { PASSWORD } from '../support/seed.ts';
import { pagesOf } from '../support/signed-in.ts';
import { SAMPLES } from './package-samples/contract.ts';
import { ask, type PackageSample, type Published } from './package-samples/sample.ts';

const VERSIONS = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0'];

/** A package of these versions, and deletions of a version or of its last file, by the REST API or the pages. */
async function scene(app: TestApp, sample: PackageSample) {
  const project = await app.seed.project(await app.seed.group());
  const user = await app.seed.member(project, 'maintainer', { password: PASSWORD });
  const headers = { Authorization: `Bearer ${user.token}` };
  const what = { project: project.id, name: 'some', version: '1.0.0', content: 'one' } satisfies Published;
  for (const version of VERSIONS) expect((await ask(app, sample.publish({ ...what, version }), headers)).ok).toBe(true);
  const pages = pagesOf(app);
  const { cookie, token } = await pages.signIn(user.username);

  const versionId = async (version: string) =>
    (await app.db.selectFrom('package_versions').select('id').where('version', '=', version).executeTakeFirstOrThrow())
      .id;
  const fileId = async (version: string) => {
    const files = app.db
      .selectFrom('package_files')
      .select('id')
      .where('version_id', '=', await versionId(version));
    return (await files.where('parent_id', 'is', null).executeTakeFirstOrThrow()).id;
  };
  const rest = async (path: string) =>
    (await app.fetch(`/api/v4/projects/${project.id}/packages/${path}`, { method: 'DELETE', headers })).status;
  const page = async (path: string) =>
    (
      await pages.post(
        `/${project.full_path}/-/packages/${path}/delete`,
        { authenticity_token: token },
        { Cookie: cookie },
      )
    ).status;
  return {
    rest: async (version: string) => rest(`${await versionId(version)}`),
    page: async (version: string) => page(`${await versionId(version)}`),
    restFile: async (version: string) => rest(`${await versionId(version)}/package_files/${await fileId(version)}`),
    pageFile: async (version: string) => page(`${await versionId(version)}/package_files/${await fileId(version)}`),
    /**
     * The versions that the stored documents name, without a request that could make one; null: there is none of this
     * revision.
     */
    async stored(): Promise<string[] | null> {
      await app.services.packages.documents.settled();
      const rows = await app.db
        .selectFrom('package_documents as d')
        .innerJoin('packages as p', 'p.id', 'd.package_id')
        .select('d.body')
        .whereRef('d.revision', '=', 'p.revision')
        .execute();
      const text = rows.map(({ body }) => Buffer.from(Bun.gunzipSync(new Uint8Array(body))).toString()).join();
      return rows.length === 0 ? null : VERSIONS.filter((version) => text.includes(version));
    },
  };
}

for (const sample of SAMPLES.filter(({ index }) => index)) {
  onEachEngine(`deletions of packages: ${sample.type}`, (engine) => {
    test('by the REST API and by the pages rebuild the stored documents', async () => {
      await using app = await startApp(engine);
      const { rest, restFile, page, pageFile, stored } = await scene(app, sample);
      expect(await stored()).toEqual(VERSIONS);
      expect([await rest('1.0.0'), await stored()]).toEqual([204, VERSIONS.slice(1)]);
      expect([await page('1.1.0'), await stored()]).toEqual([303, VERSIONS.slice(2)]);
      expect([await restFile('1.2.0'), await stored()]).toEqual([204, VERSIONS.slice(3)]);
      expect([await pageFile('1.3.0'), await stored()]).toEqual([303, VERSIONS.slice(4)]);
      expect([await rest('1.4.0'), await stored()]).toEqual([204, null]);
    });
  });
}
