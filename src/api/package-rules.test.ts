import { expect, test } from 'bun:test';
import { apiClient, type Json } from '../../test/support/api-client.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';

onEachApp('the API of package protection rules', (started) => {
  const prepare = async () => {
    const app = await started;
    const project = await app.seed.project(await app.seed.group());
    const as = async (role: 'owner' | 'maintainer' | 'developer') =>
      apiClient(app, (await app.seed.member(project, role)).token);
    const token = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const publish = (name: string, headers: Record<string, string> = { 'Deploy-Token': token.secret }) =>
      app.fetch(`/api/v4/projects/${project.id}/packages/generic/${name}/1.0/a`, {
        method: 'PUT',
        headers,
        body: crypto.randomUUID(),
      });
    return {
      app,
      project,
      publish,
      rules: `/projects/${project.id}/packages/protection/rules`,
      owner: await as('owner'),
      maintainer: await as('maintainer'),
      developer: await as('developer'),
    };
  };
  const core = { package_name_pattern: 'core-*', package_type: 'generic', minimum_access_level_for_push: 'maintainer' };

  test('a rule is made, listed, changed and deleted, and works from then on', async () => {
    const { maintainer, rules, project, publish } = await prepare();
    expect((await publish('core-a')).status).toBe(201);
    const made = await maintainer.post(rules, core);
    expect(made).toMatchObject({
      status: 201,
      body: { project_id: project.id, ...core, minimum_access_level_for_delete: null, duplicates: null },
    });
    const refused = await publish('core-a');
    expect([refused.status, (await refused.text()).includes('Package protected.')]).toEqual([403, true]);
    expect((await maintainer.get(rules)).rows).toEqual([made.body]);
    const path = `${rules}/${made.body.id}`;
    const changed = await maintainer.patch(path, { package_name_pattern: 'base-*' });
    expect(changed).toMatchObject({ status: 200, body: { ...made.body, package_name_pattern: 'base-*' } });
    expect((await publish('core-a')).status).toBe(201);
    expect((await publish('base-a')).status).toBe(403);
    expect((await maintainer.delete(path)).status).toBe(204);
    expect((await maintainer.delete(path)).status).toBe(404);
    expect((await publish('base-a')).status).toBe(201);
  });

  test('the API enforces deletion protection too', async () => {
    const { maintainer, owner, rules, project, publish } = await prepare();
    await publish('core-a');
    await maintainer.post(rules, {
      package_name_pattern: 'core-a',
      package_type: 'generic',
      minimum_access_level_for_delete: 'owner',
    });
    const packages = `/projects/${project.id}/packages`;
    const [seen] = (await owner.get(packages)).rows as Json[];
    const refused = await maintainer.delete(`${packages}/${seen.id}`);
    expect([refused.status, refused.body.message]).toEqual([403, '403 Forbidden - Package protected.']);
    const [file] = (await owner.get(`${packages}/${seen.id}/package_files`)).rows as Json[];
    expect((await maintainer.delete(`${packages}/${seen.id}/package_files/${file.id}`)).status).toBe(403);
    expect((await owner.delete(`${packages}/${seen.id}`)).status).toBe(204);
  });

  test('of several rules that speak of a name each is kept, whichever was made first', async () => {
    const { maintainer, rules, project, app, publish } = await prepare();
    const { token } = await app.seed.member(project, 'maintainer');
    for (const [pattern, level] of [
      ['core-*', 'maintainer'],
      ['*-api', 'owner'],
      ['core-api*', 'maintainer'],
    ]) {
      const rule = { ...core, package_name_pattern: pattern, minimum_access_level_for_push: level };
      expect((await maintainer.post(rules, rule)).status).toBe(201);
    }
    const byMaintainer = async (name: string) => (await publish(name, { 'PRIVATE-TOKEN': token })).status;
    expect([await byMaintainer('core-web'), await byMaintainer('core-api')]).toEqual([201, 403]);
    expect([(await publish('core-web')).status, (await publish('web-app')).status]).toEqual([403, 201]);
  });

  test('duplicates can be forbidden, and nothing be asked of a role', async () => {
    const { maintainer, rules, publish } = await prepare();
    const body = { package_name_pattern: '*', package_type: 'generic', duplicates: 'forbidden' };
    const { body: rule } = await maintainer.post(rules, body);
    expect([(await publish('tool')).status, (await publish('tool')).status]).toEqual([201, 400]);
    const empty = await maintainer.patch(`${rules}/${rule.id}`, { duplicates: '' });
    expect([empty.status, empty.body.message]).toEqual([
      422,
      '422 A rule must have at least a minimum access role for push or delete.',
    ]);
  });

  test("invalid input is refused with GitLab's messages and changes nothing", async () => {
    const { maintainer, rules } = await prepare();
    await maintainer.post(rules, core);
    const other = await maintainer.post(rules, { ...core, package_name_pattern: 'other' });
    const taken = [422, '422 Package name pattern has already been taken'];
    const again = await maintainer.post(rules, core);
    expect([again.status, again.body.message]).toEqual(taken);
    const moved = await maintainer.patch(`${rules}/${other.body.id}`, { package_name_pattern: 'core-*' });
    expect([moved.status, moved.body.message]).toEqual(taken);
    const wrong: [Json, number, string][] = [
      [{ package_type: 'npm' }, 400, 'package_name_pattern is missing'],
      [{ ...core, package_type: 'floppy' }, 400, 'package_type does not have a valid value'],
      [
        { ...core, minimum_access_level_for_push: 'guest' },
        400,
        'minimum_access_level_for_push does not have a valid value',
      ],
      [{ ...core, package_name_pattern: 'x'.repeat(256) }, 422, '422 Package name pattern is invalid'],
      [{ ...core, package_name_pattern: 'a\u0000' }, 422, '422 Package name pattern is invalid'],
    ];
    for (const [body, status, words] of wrong) {
      const answer = await maintainer.post(rules, body);
      expect([answer.status, answer.body.error ?? answer.body.message]).toEqual([status, words]);
    }
    expect((await maintainer.get(rules)).rows).toHaveLength(2);
  });

  test('only maintainers see and make them, and each change is in the audit log', async () => {
    const { developer, owner, maintainer, rules, project } = await prepare();
    for (const answer of [await developer.get(rules), await developer.post(rules, core)])
      expect(answer.status).toBe(403);
    const { body } = await maintainer.post(rules, core);
    await maintainer.patch(`${rules}/${body.id}`, { minimum_access_level_for_push: 'owner' });
    await maintainer.delete(`${rules}/${body.id}`);
    const { rows } = await owner.get(`/projects/${project.id}/audit_events?per_page=3`);
    expect(
      rows.map((event: Json) => [event.event_name, event.details.target_details, event.details.push_level]),
    ).toEqual([
      ['package_protection_rule_destroyed', 'core-*', 50],
      ['package_protection_rule_updated', 'core-*', 50],
      ['package_protection_rule_created', 'core-*', 40],
    ]);
  });
});
