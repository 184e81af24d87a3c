/**
 * The attack: a name, version or pattern that a regular expression of the server takes minutes to refuse, while
 * everyone else waits. (CVE-2023-6159 GitLab: ReDoS on Cargo.toml.) Nothing is measured here: one that backtracks would
 * run far past the limit of a test. The parsers alone are in src/protocols/pypi/format.test.ts and
 * src/lib/pattern.test.ts.
 */
import { expect, test } from 'bun:test';
import { ensureImage } from '../../src/store/tables/images.ts';
import { privateToken } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { packageScene } from '../support/package-scene.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

const RUNS = ['a', '-', '.', '1.', 'a-', '-_.', '1-', '+a', 'a.b-'].map((run) => `${run.repeat(3000)}!`);

onEachEngine('slow names', (engine) => {
  test('long runs that almost fit are refused in every type, in names, versions, tags and files', async () => {
    await using scene = await packageScene(engine);
    for (const run of RUNS) {
      const answers = [
        await scene.publishNpm({ name: run, version: '1.0.0' }),
        await scene.publishNpm({ name: 'slow', version: `1.0.0-${run}` }),
        await scene.send('PUT', `npm/-/package/slow/dist-tags/${run}`, '"1.0.0"'),
        await scene.send('POST', 'pypi', uploadForm(run, '1.0', wheel('slow', '1.0'))),
        await scene.send('POST', 'pypi', uploadForm('slow', `1.0${run}`, wheel('slow', '1.0'))),
        await scene.send(
          'POST',
          'pypi',
          uploadForm('slow', '1.0', wheel('slow', '1.0'), { requires_python: `>=${run}` }),
        ),
        await scene.send('PUT', `generic/${run}/1.0/f`, 'x'),
        await scene.send('PUT', `generic/slow/${run}/f`, 'x'),
        await scene.send('PUT', `maven/com/${run}/1.0/x-1.0.jar`, 'x'),
        await scene.send('PUT', `maven/com/slow/1-SNAPSHOT/slow-1-${run}.jar`, 'x'),
      ];
      for (const { status } of answers)
        expect([run.slice(0, 5), status >= 400 && status < 500]).toEqual([run.slice(0, 5), true]);
    }
    expect(await scene.count()).toBe(0);
  }, 180_000);

  test('long form fields are parsed as fast as short ones', async () => {
    await using scene = await packageScene(engine);
    for (const [i, run] of [';', '; extra', ';extra ', '; extra == '].entries()) {
      const file = wheel('slow', `${i + 1}.0`);
      const form = uploadForm('slow', `${i + 1}.0`, file, { requires_dist: run.repeat(3_000_000 / run.length) });
      expect([run, (await scene.send('POST', 'pypi', form)).status]).toEqual([run, 201]);
    }
  }, 180_000);

  test('a rule with very many stars is matched as fast as any', async () => {
    await using scene = await packageScene(engine);
    const { rules } = scene.app.services.packages;
    const pattern = `${'*a'.repeat(120)}b`;
    await rules.create(scene.project, { type: 'generic', pattern, pushLevel: 40 }, scene.app.by);
    expect((await scene.send('PUT', `generic/${'a'.repeat(250)}/1.0/f`, 'x')).ok).toBe(true);
  }, 180_000);

  test('a pattern whose repetitions compile to a large program is refused', async () => {
    await using scene = await packageScene(engine);
    const { token } = await scene.app.seed.user({ admin: true });
    const image = await ensureImage(scene.app.db, scene.project.id, '', scene.app.time.now);
    const at = `/api/v4/projects/${scene.project.id}/registry/repositories/${image.id}/tags`;
    const destroy = async (name: string, pattern: string) => {
      const query = new URLSearchParams({ name_regex_delete: '.*', [name]: pattern });
      return (await scene.app.fetch(`${at}?${query}`, { method: 'DELETE', headers: privateToken(token) })).status;
    };
    for (const name of ['name_regex_delete', 'name_regex_keep'])
      for (const pattern of ['(a?){1000}'.repeat(20), '(a{0,25}){20}b{0,500}', '(.{40}){30}', '(\\pL{100}|x{50}){9}'])
        expect([name, pattern, await destroy(name, pattern)]).toEqual([name, pattern, 400]);
    expect(await destroy('name_regex_delete', 'v[0-9]+\\.[0-9a-f]{40}(-rc[0-9]{1,3})?')).toBe(202);
  });
});
