import { expect } from 'bun:test';
import type { TestApp } from './app.ts';
import { codesOf, createRegistryClient, imageManifest } from './registry.ts';

export const BOTH_SCOPES = ['read_registry', 'write_registry'];

/** A private image, the deploy token that pushed it, and the bearer token by which it did. */
export async function bearerScene(app: TestApp) {
  const client = createRegistryClient(app);
  const group = await app.seed.group();
  const project = await app.seed.project(group);
  const token = await app.seed.deployToken(project, { scopes: BOTH_SCOPES });
  const image = `${project.full_path}/app`;
  const headers = await client.signIn(token, `repository:${image}:pull,push`);
  await client.putManifest(headers, image, 'v1', imageManifest(await client.pushBlob(headers, image, '{}'), []));
  const pull = (as: Record<string, string>, name = image) => app.fetch(`/v2/${name}/manifests/v1`, { headers: as });
  const real = headers.Authorization.slice('Bearer '.length);
  return { app, client, group, project, token, image, headers, pull, real };
}

/** Refused as a bearer token that is no good: the client is to get another one. */
export async function expectInvalidBearer(response: Response): Promise<void> {
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  expect(await codesOf(response)).toEqual(['UNAUTHORIZED']);
}

/** A victim's private image, and an attacker with both scopes on a project of their own. */
export async function victimScene<App extends Pick<TestApp, 'fetch' | 'seed'>>(app: App) {
  const client = createRegistryClient(app);
  const victims = await app.seed.project(await app.seed.group());
  const attackers = await app.seed.project(await app.seed.group());
  const secret = `${victims.full_path}/secret`;
  const own = `${attackers.full_path}/own`;
  const theirs = await app.seed.deployToken(victims, { scopes: BOTH_SCOPES });
  const token = await app.seed.deployToken(attackers, { scopes: BOTH_SCOPES });
  const victim = await client.signIn(theirs, `repository:${secret}:pull,push`);
  const bytes = crypto.getRandomValues(new Uint8Array(64));
  const { digest } = await client.pushBlob(victim, secret, bytes);
  const config = await client.pushBlob(victim, secret, '{}');
  await client.putManifest(victim, secret, 'v1', imageManifest(config, []));
  const attacker = await client.signIn(token, `repository:${secret}:pull,push`, `repository:${own}:pull,push`);
  return { app, client, secret, own, victim, attacker, token, digest, bytes };
}

/** A public image, and its pusher. */
export async function publicScene(app: TestApp) {
  const client = createRegistryClient(app);
  const project = await app.seed.project(await app.seed.group(null, { visibility: 'public' }), {
    visibility: 'public',
  });
  const token = await app.seed.deployToken(project, { scopes: BOTH_SCOPES });
  const image = project.full_path;
  const headers = await client.signIn(token, `repository:${image}:pull,push`);
  const config = await client.pushBlob(headers, image, '{}');
  return { app, client, image, headers, config };
}
