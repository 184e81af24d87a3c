import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { PERSONAL_SCOPES } from '../domain/personal-tokens/scopes.ts';

onEachApp('personal access tokens', (started) => {
  const prepare = async () => {
    const app = await started;
    const admin = await app.seed.user({ admin: true });
    const user = await app.seed.user();
    const as = (token: unknown) => apiClient(app, String(token));
    const make = async (body: object) =>
      (await as(admin.token).post(`/users/${user.id}/personal_access_tokens`, body)).body;
    return { ...app, admin, user, as, make };
  };

  test('an administrator makes one for a user; the secret is shown once', async () => {
    const { admin, user, as } = await prepare();
    const path = `/users/${user.id}/personal_access_tokens`;
    const made = await as(admin.token).post(path, {
      name: 'ci',
      scopes: 'read_repository,api',
      expires_at: '2027-02-14',
    });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: made.body.id,
      name: 'ci',
      revoked: false,
      created_at: '2026-03-01T12:00:00.000Z',
      description: '',
      scopes: ['api', 'read_repository'],
      user_id: user.id,
      last_used_at: null,
      active: true,
      expires_at: '2027-02-14',
      token: expect.stringMatching(/^glpat-[A-Za-z0-9]{36}$/),
    });
    expect((await as(made.body.token).get('/user')).body.id).toBe(user.id);
    const shown = await as(admin.token).get(`/personal_access_tokens/${made.body.id}`);
    expect(Object.keys(shown.body)).not.toContain('token');
    expect((await as(user.token).post(path, { name: 'x', scopes: ['api'] })).status).toBe(403);
    const wrong = await as(admin.token).post(path, { name: 'x', scopes: ['sudo'] });
    expect([wrong.status, wrong.body.error]).toEqual([400, 'scopes does not have a valid value']);
    expect(wrong.body.reason).toContain('read_registry');
  });

  test('one sees the own ones, administrators see all', async () => {
    const { admin, user, as } = await prepare();
    const own = await as(user.token).get('/personal_access_tokens');
    expect(own.rows.map((token) => token.user_id)).toEqual([user.id]);
    const all = await as(admin.token).get('/personal_access_tokens?per_page=100');
    expect(all.rows.map((token) => token.user_id)).toEqual(expect.arrayContaining([user.id, admin.id]));
    const of = await as(admin.token).get(`/personal_access_tokens?user_id=${user.id}`);
    expect(of.body).toEqual(own.body);
    expect((await as(user.token).get(`/personal_access_tokens?user_id=${admin.id}`)).status).toBe(403);
    const [{ id }] = (await as(admin.token).get(`/personal_access_tokens?user_id=${admin.id}`)).body;
    expect((await as(user.token).get(`/personal_access_tokens/${id}`)).status).toBe(404);
    expect((await as(user.token).delete(`/personal_access_tokens/${id}`)).status).toBe(404);
    expect((await as(user.token).post(`/personal_access_tokens/${id}/rotate`)).status).toBe(404);
    expect((await as(admin.token).get('/user')).status).toBe(200);
  });

  test('the filters of the list', async () => {
    const { user, as, make, time } = await prepare();
    const dead = await make({ name: 'Dead One', scopes: ['api'] });
    await make({ name: 'late', scopes: ['api'], expires_at: '2020-01-01' });
    await as(dead.token).delete('/personal_access_tokens/self');
    const names = async (query: string) =>
      (await as(user.token).get(`/personal_access_tokens?${query}`)).rows.map((one) => one.name);
    expect(await names('state=active')).toEqual(['test']);
    expect(await names('state=inactive')).toEqual(['Dead One', 'late']);
    expect(await names('revoked=true')).toEqual(['Dead One']);
    expect(await names('revoked=false')).toEqual(['test', 'late']);
    expect(await names('search=dead')).toEqual(['Dead One']);
    const later = new Date(time.now + 1).toISOString();
    expect(await names(`created_after=${later}`)).toEqual([]);
    expect(await names(`created_before=${later}`)).toHaveLength(3);
    const wrong = await as(user.token).get('/personal_access_tokens?created_after=yesterday');
    expect([wrong.status, wrong.body.error]).toEqual([400, 'created_after is invalid']);
  });

  test('a token of any scope sees itself and ends itself, and without an API scope nothing else', async () => {
    const { as, make, user } = await prepare();
    for (const scope of PERSONAL_SCOPES) {
      const { id, token } = await make({ name: scope, scopes: [scope] });
      const self = await as(token).get('/personal_access_tokens/self');
      expect([self.status, self.body.id]).toEqual([200, id]);
      const api = scope === 'api' || scope === 'read_api';
      for (const path of ['/user', '/version', '/personal_access_tokens', `/personal_access_tokens/${id}`]) {
        const { status, body } = await as(token).get(path);
        expect([path, status]).toEqual([path, api ? 200 : 403]);
        if (!api) expect(body.error).toBe('insufficient_scope');
      }
      const write = await as(token).post(`/personal_access_tokens/${id}/rotate`, { expires_at: '2020-01-01x' });
      expect([scope, write.status]).toEqual([scope, scope === 'api' ? 400 : 403]);
      expect((await as(token).delete('/personal_access_tokens/self')).status).toBe(204);
      const after = await as(token).get('/personal_access_tokens/self');
      expect([after.status, after.body.error_description]).toEqual([
        401,
        'Token was revoked. You have to re-authorize from the user.',
      ]);
    }
    expect((await as(user.token).get('/user')).status).toBe(200);
  });

  test('rotation ends the old one and makes another like it, once', async () => {
    const { as, make, user, admin } = await prepare();
    const old = await make({ name: 'rotated', scopes: ['read_registry', 'read_api'], description: 'for the mirror' });
    const made = await as(user.token).post(`/personal_access_tokens/${old.id}/rotate`);
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({
      name: 'rotated',
      description: 'for the mirror',
      scopes: ['read_api', 'read_registry'],
      user_id: user.id,
      expires_at: '2026-03-08',
    });
    expect((await as(old.token).get('/user')).status).toBe(401);
    expect((await as(made.body.token).get('/user')).status).toBe(200);
    const twice = await as(user.token).post(`/personal_access_tokens/${old.id}/rotate`);
    expect([twice.status, twice.body.message]).toEqual([
      400,
      "The token is revoked or expired and can't be rotated: create a new one",
    ]);
    const events = (await as(admin.token).get('/audit_events?per_page=2')).body;
    expect(events.map((event: { event_name: string }) => event.event_name)).toEqual([
      'personal_access_token_created',
      'personal_access_token_revoked',
    ]);
  });

  test('the last use is written later, once, and never by a request', async () => {
    const { as, services, user, time, db } = await prepare();
    const stored = () =>
      db.selectFrom('personal_access_tokens').select('last_used_at').where('user_id', '=', user.id).executeTakeFirst();
    await services.personalTokens.usage.flush();
    await as(user.token).get('/user');
    time.now += 5_000;
    await as(user.token).get('/user');
    expect((await stored())?.last_used_at).toBe(null);
    await services.personalTokens.usage.flush();
    expect((await stored())?.last_used_at).toBe(time.now);
    const self = await as(user.token).get('/personal_access_tokens/self');
    expect(self.body.last_used_at).toBe(new Date(time.now).toISOString());
  });
});
