import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';

onEachApp('users and the server itself', (started, engine) => {
  const prepare = async () => {
    const app = await started;
    const admin = await app.seed.user({ admin: true });
    const user = await app.seed.user();
    return { ...app, admin, user, asAdmin: apiClient(app, admin.token), asUser: apiClient(app, user.token) };
  };

  test('the version has three parts, and is for those who signed in', async () => {
    const { asUser, fetch } = await prepare();
    for (const path of ['/version', '/metadata']) {
      const { status, body } = await asUser.get(path);
      expect(status).toBe(200);
      expect(body.version.split('.')).toHaveLength(3);
      expect(body.version).toEndWith('-postern');
      expect(body.revision).toMatch(/^\d+\.\d+\.\d+$/);
      expect((await fetch(`/api/v4${path}`)).status).toBe(401);
    }
    expect((await asUser.get('/metadata')).body).toMatchObject({ kas: { enabled: false }, enterprise: false });
  });

  test('users see all properties of themselves, and no e-mail addresses of other users', async () => {
    const { asUser, asAdmin, user, admin } = await prepare();
    const { status, body } = await asUser.get('/user');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: user.id,
      username: user.username,
      state: 'active',
      locked: false,
      web_url: `http://postern.test/${user.username}`,
      email: user.email,
      is_admin: false,
      can_create_group: true,
    });
    const other = (await asUser.get(`/users/${admin.id}`)).body;
    expect(Object.keys(other)).toEqual([
      'id',
      'username',
      'name',
      'state',
      'locked',
      'avatar_url',
      'web_url',
      'created_at',
    ]);
    expect((await asAdmin.get(`/users/${user.id}`)).body.email).toBe(user.email);
    const unknown = await asUser.get('/users/999999');
    expect([unknown.status, unknown.body]).toEqual([404, { message: '404 User Not Found' }]);
  });

  test('users are listed by exact user name, by a part of a name, and by state', async () => {
    const { asAdmin, asUser, seed } = await prepare();
    const ada = await seed.user({ username: `Ada.Lovelace_${engine}` });
    const names = async (query: string) => (await asUser.get(`/users?${query}`)).rows.map((one) => one.username);
    expect(await names(`username=ada.lovelace_${engine}`)).toEqual([ada.username]);
    expect(await names('search=LOVELACE')).toEqual([ada.username]);
    expect(await names(`search=${ada.email}`)).toEqual([ada.username]);
    // A percent sign and an underscore are themselves, not patterns.
    expect(await names('search=ada%25love')).toEqual([]);
    expect(await names('search=ada_love')).toEqual([]);
    await asAdmin.post(`/users/${ada.id}/block`);
    expect(await names('search=lovelace&active=true')).toEqual([]);
    expect(await names('search=lovelace&blocked=true')).toEqual([ada.username]);
    const page = await asUser.get('/users?per_page=1');
    expect([page.body.length, page.headers.get('x-next-page')]).toEqual([1, '2']);
  });

  test('an administrator makes a user, who can sign in with the password', async () => {
    const { asAdmin, asUser, services } = await prepare();
    const request = { username: `grace-${engine}`, name: 'Grace Hopper', email: `grace-${engine}@example.com` };
    const made = await asAdmin.post('/users', { ...request, password: 'a long enough one' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ ...request, is_admin: false, state: 'active' });
    expect(JSON.stringify(made.body)).not.toContain('long enough');
    const check = await services.users.checkPassword(request.username, 'a long enough one', (verify) => verify());
    expect(check.outcome).toBe('ok');

    expect((await asUser.post('/users', request)).status).toBe(403);
    const again = await asAdmin.post('/users', { ...request, force_random_password: true });
    expect([again.status, again.body]).toEqual([409, { message: 'Email has already been taken', field: 'email' }]);
    const name = await asAdmin.post('/users', { ...request, email: 'x@example.com', force_random_password: true });
    expect([name.status, name.body]).toEqual([409, { message: 'Username has already been taken', field: 'username' }]);
  });

  test('a user without a password must be meant so', async () => {
    const { asAdmin } = await prepare();
    const request = { username: `alan-${engine}`, name: 'Alan', email: `alan-${engine}@example.com` };
    const none = await asAdmin.post('/users', request);
    expect(none.status).toBe(400);
    expect(none.body.error).toBe(
      'password, force_random_password are missing, at least one parameter must be provided',
    );
    const short = await asAdmin.post('/users', { ...request, password: 'short' });
    expect([short.status, short.body]).toEqual([
      400,
      { message: 'Password is too short (minimum is 8 characters)', field: 'password' },
    ]);
    expect((await asAdmin.post('/users', { ...request, force_random_password: true })).status).toBe(201);
    const missing = await asAdmin.post('/users', {});
    expect(missing.body).toEqual({ error: 'email is missing, name is missing, username is missing' });
  });

  test('blocking locks a user out immediately, unblocking restores access; each is in the audit log once', async () => {
    const { asAdmin, asUser, user, admin } = await prepare();
    const block = () => asAdmin.post(`/users/${user.id}/block`);
    const first = await block();
    const again = await block();
    expect([first.status, first.body, again.status, again.body]).toEqual([201, true, 201, null]);
    expect((await asUser.get('/user')).status).toBe(401);
    expect((await asAdmin.get(`/users/${user.id}`)).body.state).toBe('blocked');
    expect((await asAdmin.post(`/users/${user.id}/unblock`)).status).toBe(201);
    expect((await asUser.get('/user')).status).toBe(200);

    const { body } = await asAdmin.get('/audit_events?per_page=2');
    expect(body.map((event: { event_name: string }) => event.event_name)).toEqual(['user_unblocked', 'user_blocked']);
    expect(body[0]).toMatchObject({ author_id: admin.id, entity_type: 'User', entity_id: user.id });

    expect((await asUser.post(`/users/${admin.id}/block`)).status).toBe(403);
    expect((await asAdmin.post(`/users/${admin.id}/block`)).status).toBe(403);
    expect((await asAdmin.post('/users/999999/block')).status).toBe(404);
  });
});
