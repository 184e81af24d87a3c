import { expect, test } from 'bun:test';
import { basic, privateToken, type TestApp } from '../../test/support/app.ts';
import { httpDepsOf } from '../../test/support/http-deps.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import type { Actor } from '../authz/actor.ts';
import type { CredentialRef } from '../domain/access/credential-ref.ts';
import { createDispatch } from '../http/dispatch.ts';
import { readCredential } from '../http/read-credential.ts';
import type { AccessResolver, Protocol, RequestContext } from '../http/route.ts';
import { Admission } from './admission.ts';
import { createAttempts } from './attempts.ts';
import type { CredentialPolicy } from './authenticate.ts';
import { createGate } from './gate.ts';
import { createHashGate } from './hash-gate.ts';

const POLICY: CredentialPolicy = { deployTokens: true, passwords: true, exactUsername: false, registryTokens: true };

const gateOf = ({ services, time }: TestApp) =>
  createGate({
    ...services,
    attempts: createAttempts(services.signInCounts, () => time.now),
    hashGate: createHashGate(),
  });

const NO_WITNESS = { authenticated: () => {}, decided: () => {} };

onEachApp('the gate, without any HTTP', (started) => {
  test('admits with the address and the protocol of this request, for every kind of credential', async () => {
    const app = await started;
    const project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project, { scopes: ['read_registry'] });
    const user = await app.seed.member(project, 'developer');
    const image = { image: `${project.full_path}/app` };
    const grant = { type: 'repository', name: image.image, actions: ['pull'] } as const;
    const subject = { kind: 'deployToken', id: token.id, username: token.username } as const;
    const jwt = await app.services.images.tokens.issue(subject, [{ ...grant, actions: ['pull'] }]);
    const presented: [Record<string, string>, Actor['kind']][] = [
      [{ 'Deploy-Token': token.secret }, 'deployToken'],
      [{ Authorization: `Bearer ${jwt.token}` }, 'deployToken'],
      [privateToken(user.token), 'user'],
    ];
    for (const [headers, kind] of presented) {
      const credential = readCredential(new Headers(headers), new URLSearchParams());
      const admitted = await gateOf(app).admit(
        { credential, policy: POLICY },
        async ({ userId }) => ({ target: await app.services.access.project(image, userId), resource: image }),
        'read_container_image',
        { ip: '192.0.2.7', requestId: 'r1', protocol: 'registry', counted: false },
        NO_WITNESS,
      );
      if (!(admitted instanceof Admission)) throw new Error(`refused: ${admitted.refused.message}`);
      expect(admitted.actor.kind).toBe(kind);
      expect(admitted.origin).toMatchObject({ ip: '192.0.2.7', protocol: 'registry' });
      expect(admitted.author).toMatchObject({ kind, ip: '192.0.2.7', requestId: 'r1' });
    }
  });

  test('an address that is open to everyone confirms nothing', async () => {
    const app = await started;
    const origin = { ip: '192.0.2.7', requestId: 'r1', protocol: 'web' };
    expect(() => gateOf(app).open(origin, NO_WITNESS).confirm).toThrow('changes nothing');
  });
});

/** Uploads by their names, as a protocol of its own would keep them. */
type Uploads = Map<string, CredentialRef>;

/** A branch, or with a file `-` the branch as a ref. */
const fileIn = ({ branch = '', file = '' }: Readonly<Record<string, string>>) =>
  file === '-' ? { ref: `refs/heads/${branch}` } : { path: file };

/** A row that is on a project and on what one credential began there, found in this protocol's own way. */
function protocolOf({ services }: TestApp, projectId: number, uploads: Uploads): Protocol {
  const by: AccessResolver<'project'> = {
    name: 'upload',
    async find({ upload = '' }, { userId }) {
      const target = await services.access.project(projectId, userId);
      return { target, resource: null, owned: { what: 'upload', by: uploads.get(upload) ?? null } };
    },
  };
  const access = { on: 'project', by, param: 'upload', permission: 'create_package' } as const;
  const begin = { on: 'project', by: 'id', param: 'id', permission: 'create_package' } as const;
  return {
    name: 'uploads',
    onRegistryHost: true,
    credentials: POLICY,
    routes: [
      {
        method: 'POST',
        path: '/projects/:id/uploads/:upload',
        access: begin,
        handler: ({ params, credential }: RequestContext) => {
          uploads.set(params['upload'] ?? '', credential);
          return new Response(null, { status: 201 });
        },
      },
      { method: 'GET', path: '/uploads/:upload', access, handler: () => new Response('reached') },
      {
        method: 'GET',
        path: '/projects/:id/branches/:branch/:file',
        access: { on: 'project', by: 'id', param: 'id', permission: 'read_project', resource: fileIn },
        handler: ({ resource }: RequestContext) => Response.json(resource),
      },
    ],
    render: ({ status, message, reason, subject }) => Response.json({ message, reason, subject }, { status }),
  };
}

/** Sends requests to the protocol. */
function askOf(app: TestApp, projectId: number) {
  const dispatch = createDispatch({ gate: gateOf(app), ...httpDepsOf(app) }, [protocolOf(app, projectId, new Map())]);
  return (method: string, path: string, headers: Record<string, string>) =>
    dispatch(new Request(`http://postern.test${path}`, { method, headers }), {
      peer: '192.0.2.7',
      disableIdleTimeout: () => {},
    });
}

onEachApp('a protocol with a way of its own to find what a row is about', (started) => {
  test('a row on the upload of this credential is not there for any other, whatever it may do on the project', async () => {
    const app = await started;
    const project = await app.seed.project(await app.seed.group());
    const mine = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const other = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const owner = await app.seed.member(project, 'owner', { password: 'correct horse battery' });
    const guest = await app.seed.member(project, 'guest');
    const ask = askOf(app, project.id);
    const begun = await ask('POST', `/projects/${project.id}/uploads/one`, { 'Deploy-Token': mine.secret });
    expect(begun.status).toBe(201);
    expect((await ask('GET', '/uploads/one', { 'Deploy-Token': mine.secret })).status).toBe(200);

    for (const headers of [{ 'Deploy-Token': other.secret }, privateToken(owner.token)]) {
      const refused = await ask('GET', '/uploads/one', headers);
      expect(refused.status).toBe(404);
      expect(await refused.json()).toEqual({ message: 'upload not found', reason: 'not_found', subject: 'upload' });
      expect((await ask('GET', '/uploads/none', headers)).status).toBe(404);
    }
    // A role that is too low, and a caller that is not signed in, get the same answers as on any other row.
    expect((await ask('GET', '/uploads/one', privateToken(guest.token))).status).toBe(403);
    expect((await ask('GET', '/uploads/one', {})).status).toBe(401);

    // A password and a personal access token of one user are two credentials.
    await ask('POST', `/projects/${project.id}/uploads/two`, privateToken(owner.token));
    expect((await ask('GET', '/uploads/two', privateToken(owner.token))).status).toBe(200);
    expect((await ask('GET', '/uploads/two', basic(owner.username, 'correct horse battery'))).status).toBe(404);
  });

  test('a row on the ref or the path that its address names gives it to the decision and to its handler', async () => {
    const app = await started;
    const project = await app.seed.project(await app.seed.group());
    const user = await app.seed.member(project, 'guest');
    const ask = askOf(app, project.id);
    const at = (file: string) => ask('GET', `/projects/${project.id}/branches/main/${file}`, privateToken(user.token));
    expect(await (await at('-')).json()).toEqual({ ref: 'refs/heads/main' });
    expect(await (await at('a.txt')).json()).toEqual({ path: 'a.txt' });
  });

  test('a database that fails during the look-ups of a refusal is an outage, in the form of the protocol', async () => {
    const app = await started;
    const { id } = await app.seed.project(await app.seed.group());
    const hidden = await app.services.access.project(id, null);
    const away = new Error('the database is away');
    const protocol: Protocol = {
      ...protocolOf(app, id, new Map()),
      routes: [
        {
          method: 'GET',
          path: '/hidden',
          access: { on: 'anyone', why: 'its handler decides' },
          handler: ({ requireOn }: RequestContext) => {
            requireOn(hidden, 'read_project');
            return new Response('reached');
          },
        },
      ],
    };
    const failing = { ...app.services.access, completeLookUps: () => Promise.reject(away) };
    const observer = { request: () => {}, fault: () => {} };
    const deps = { ...httpDepsOf(app), access: failing, observer, isOutage: (error: unknown) => error === away };
    const dispatch = createDispatch({ gate: gateOf(app), ...deps }, [protocol]);
    const request = new Request('http://postern.test/hidden');
    const answer = await dispatch(request, { peer: '192.0.2.7', disableIdleTimeout: () => {} });
    expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ reason: 'outage' })]);
  });
});
