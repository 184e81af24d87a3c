import { expect, test } from 'bun:test';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { npm } from './package-samples/npm.ts';
import { pypi } from './package-samples/pypi.ts';
import { ask } from './package-samples/sample.ts';

for (const sample of [npm, pypi]) {
  onEachEngine(`documents of packages: ${sample.type}`, (engine) => {
    test('those that are written with the first version are those that are made of what is stored', async () => {
      await using app = await startApp(engine);
      const project = await app.seed.project(await app.seed.group());
      const { secret } = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
      const headers = { Authorization: `Bearer ${secret}` };
      const what = { project: project.id, name: 'first', version: '1.0.0', content: 'one' };
      const documents = () => app.db.selectFrom('package_documents').select(['kind', 'etag']).orderBy('kind').execute();
      const read = async () => {
        const answers = sample.reads(what).map((path) => app.fetch(`/api/v4${path}`, { headers }));
        return Promise.all(answers.map(async (answer) => (await answer).text()));
      };
      expect((await ask(app, sample.publish(what), headers)).ok).toBe(true);
      const [written, told] = [await documents(), await read()];
      await app.db.deleteFrom('package_documents').execute();
      expect(await read()).toEqual(told);
      await app.services.packages.settled();
      const made = await documents();
      expect(made.length).toBeGreaterThan(0);
      expect(written).toEqual(made);
    });
  });
}
