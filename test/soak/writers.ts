import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { basic, privateToken } from '../support/app.ts';
import type { TestClient } from '../support/client.ts';
import { ROOT_TOKEN, type TestServer } from '../support/server.ts';
import type { Ledger } from './ledger.ts';

/** Where writers write, and what tells them to end. */
export interface Scene {
  server: Pick<TestServer, 'url' | 'urlFor'>;
  client: TestClient;
  groupId: number;
  /** The full path of a project that is there from the start. */
  projectPath: string;
  ledger: Ledger;
  random: () => number;
  /** The server is about to be killed: from then on nothing it says or does not say is a surprise. */
  stopped: () => boolean;
}

/**
 * Writes repeatedly until it is stopped, and records acknowledged writes. It returns when the server is gone.
 */
export type Writer = (scene: Scene) => Promise<void>;

/** Real pushes: a commit, its branch and a tag of its own, to one repository from two places and to new ones. */
export const pushes =
  (name: string): Writer =>
  async (scene) => {
    const { client } = scene;
    const cwd = client.path(name);
    if (!(await Bun.file(join(cwd, '.git/HEAD')).exists())) await client.ok(['git', 'init', '-q', '-b', name, cwd]);
    while (!scene.stopped()) if (!(await push(scene, cwd, scene.projectPath, name))) return;
  };

async function push(scene: Scene, cwd: string, projectPath: string, branch: string): Promise<boolean> {
  const { client, ledger, random } = scene;
  await Bun.write(join(cwd, `file${Math.floor(random() * 5)}`), randomBytes(1000 + Math.floor(random() * 300_000)));
  await client.ok(['git', 'add', '.'], { cwd });
  await client.ok(['git', 'commit', '-q', '-m', 'change'], { cwd });
  const commit = (await client.ok(['git', 'rev-parse', 'HEAD'], { cwd })).stdout.trim();
  const refs = [`refs/heads/${branch}`, `refs/tags/${commit}`];
  const specs = refs.map((ref) => `HEAD:${ref}`);
  if (!(await send(scene, cwd, projectPath, specs))) return false;
  for (const ref of refs) ledger.acknowledged.push({ kind: 'push', projectPath, ref, commit });
  return true;
}

/** @param specs refspecs of `git push`. @returns whether the push was acknowledged. */
async function send(
  { server, client, ledger, stopped }: Scene,
  cwd: string,
  projectPath: string,
  specs: readonly string[],
): Promise<boolean> {
  const url = `${server.urlFor('root', ROOT_TOKEN)}/${projectPath}.git`;
  const pushed = await client.run(['git', 'push', '-q', url, ...specs], { cwd });
  if (pushed.code !== 0 && !stopped()) ledger.surprises.push(`a push failed: ${pushed.output}`);
  return pushed.code === 0;
}

/** Pushes branches, and deletes each again. */
const deletions: Writer = async (scene) => {
  const { client, projectPath, ledger } = scene;
  const cwd = client.path('pruned');
  if (!(await Bun.file(join(cwd, '.git/HEAD')).exists())) {
    await client.ok(['git', 'init', '-q', '-b', 'pruned', cwd]);
    await client.ok(['git', 'commit', '-q', '--allow-empty', '-m', 'pruned'], { cwd });
  }
  // The first branch of a repository becomes its default branch, which cannot be deleted.
  if (!(await send(scene, cwd, projectPath, ['HEAD:refs/heads/main']))) return;
  while (!scene.stopped()) {
    const ref = `refs/heads/gone/${crypto.randomUUID().slice(0, 8)}`;
    if (!(await send(scene, cwd, projectPath, [`HEAD:${ref}`]))) return;
    if (!(await send(scene, cwd, projectPath, [`:${ref}`]))) return;
    ledger.acknowledged.push({ kind: 'deletion', projectPath, ref });
  }
};

/**
 * Makes projects by the API, and pushes to each: so that kills meet the making of a repository, and the first push of a
 * branch that HEAD does not name.
 */
const projects: Writer = async (scene) => {
  const { client } = scene;
  const cwd = client.path('newborn');
  if (!(await Bun.file(join(cwd, '.git/HEAD')).exists())) await client.ok(['git', 'init', '-q', '-b', 'main', cwd]);
  while (!scene.stopped()) {
    const path = `born-${crypto.randomUUID().slice(0, 8)}`;
    const made = await api(scene, 'projects', { name: path, path, namespace_id: scene.groupId });
    if (!made) return;
    const { id, path_with_namespace } = made as { id: number; path_with_namespace: string };
    scene.ledger.acknowledged.push({ kind: 'project', id, path: path_with_namespace });
    if (!(await push(scene, cwd, path_with_namespace, scene.random() < 0.5 ? 'main' : 'trunk'))) return;
  }
};

/** Creates deploy tokens of the project by the API. */
export const tokens: Writer = async (scene) => {
  const owner = `projects/${encodeURIComponent(scene.projectPath)}/deploy_tokens`;
  while (!scene.stopped()) {
    // Also the name whose secret is additionally stored encrypted: it causes more writes.
    const name = scene.random() < 0.3 ? 'gitlab-deploy-token' : 'soak';
    const made = await api(scene, owner, { name, scopes: ['read_repository'] });
    if (!made) return;
    const { id, username, token } = made as { id: number; username: string; token: string };
    scene.ledger.acknowledged.push({ kind: 'token', id, projectPath: scene.projectPath, username, secret: token });
  }
};

/** The requests of git-lfs: a batch, the upload, and the verification. */
const objects: Writer = async (scene) => {
  const { server, projectPath, ledger, random } = scene;
  const batch = `${server.url}/${projectPath}.git/info/lfs/objects/batch`;
  while (!scene.stopped()) {
    const bytes = randomBytes(1 + Math.floor(random() * 1_500_000));
    const object = { oid: createHash('sha256').update(bytes).digest('hex'), size: bytes.byteLength };
    const lfs = { ...basic('root', ROOT_TOKEN), Accept: LFS, 'Content-Type': LFS };
    const offered = await ask(scene, batch, {
      method: 'POST',
      headers: lfs,
      body: JSON.stringify({ operation: 'upload', transfers: ['basic'], objects: [object] }),
    });
    if (!offered) return;
    const { upload, verify } = ((await offered.json()) as Batch).objects[0]?.actions ?? {};
    if (!upload || !verify) throw new Error('the batch offered no upload');
    if (!(await ask(scene, upload.href, { method: 'PUT', headers: upload.header ?? {}, body: bytes }))) return;
    const headers = { ...lfs, ...verify.header };
    if (!(await ask(scene, verify.href, { method: 'POST', headers, body: JSON.stringify(object) }))) return;
    ledger.acknowledged.push({ kind: 'object', projectPath, ...object });
  }
};

/** All but those of images and packages. */
export const WRITERS: readonly Writer[] = [pushes('one'), pushes('two'), deletions, projects, tokens, objects];

export const LFS = 'application/vnd.git-lfs+json';

interface Action {
  href: string;
  header?: Record<string, string>;
}

export interface Batch {
  objects: { actions?: { upload?: Action; verify?: Action; download?: Action } }[];
}

async function api(scene: Scene, path: string, body: object): Promise<unknown> {
  const answer = await ask(scene, `${scene.server.url}/api/v4/${path}`, {
    method: 'POST',
    headers: { ...privateToken(ROOT_TOKEN), 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer?.json();
}

/**
 * @returns a good answer, read to its end; null when the server is gone. Any other response is unexpected, and ends the
 * writer too.
 */
export async function ask({ ledger, stopped }: Scene, url: string, init: RequestInit): Promise<Response | null> {
  try {
    const response = await fetch(url, init);
    const body = await response.arrayBuffer();
    if (response.ok)
      return new Response(body.byteLength === 0 ? null : body, { status: response.status, headers: response.headers });
    ledger.surprises.push(
      `${init.method} ${new URL(url).pathname}: ${response.status} ${new TextDecoder().decode(body).slice(0, 300)}`,
    );
  } catch (error) {
    if (!stopped()) ledger.surprises.push(`${init.method} ${new URL(url).pathname}: ${String(error)}`);
  }
  return null;
}
