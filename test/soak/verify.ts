import { createHash } from 'node:crypto';
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { basic, privateToken } from '../support/app.ts';
import type { TestClient } from '../support/client.ts';
import { ROOT_TOKEN, type TestServer } from '../support/server.ts';
import type { Acknowledged } from './ledger.ts';
import { blobIsThere, findMissingBlobs, imageIsThere, type Stored } from './verify-blobs.ts';
import {
  artifactIsThere,
  distributionIsThere,
  fileIsThere,
  sdistIsThere,
  snapshotIsThere,
  versionIsThere,
} from './verify-packages.ts';
import { type Batch, LFS } from './writers.ts';

/** A server that is asked over HTTP. */
type Asked = Pick<TestServer, 'url' | 'urlFor'>;

/** @returns those of the writes that are not there, each as a sentence. */
export async function findLost(server: Asked, client: TestClient, writes: readonly Acknowledged[]): Promise<string[]> {
  const mirror = mirrorsOf(server, client);
  const lost: string[] = [];
  for (const write of writes) {
    const why = await isThere(server, mirror, write).then((there) => (there ? null : 'not there'), String);
    if (why !== null)
      lost.push(`${JSON.stringify(write, (key, value) => (key === 'secret' ? undefined : value))}: ${why}`);
  }
  return lost;
}

async function isThere(server: Asked, mirror: Mirror, write: Acknowledged): Promise<boolean> {
  switch (write.kind) {
    case 'project': {
      const url = `${server.url}/api/v4/projects/${encodeURIComponent(write.path)}`;
      const answer = await fetch(url, { headers: privateToken(ROOT_TOKEN) });
      return answer.ok && ((await answer.json()) as { id: number }).id === write.id;
    }
    case 'token': {
      const url = `${server.url}/${write.projectPath}.git/info/refs?service=git-upload-pack`;
      const headers = { ...basic(write.username, write.secret), 'Git-Protocol': 'version=2' };
      const answer = await fetch(url, { headers });
      await answer.arrayBuffer();
      return answer.ok;
    }
    case 'object':
      return objectIsThere(server, write);
    case 'blob':
      return blobIsThere(server, write);
    case 'image':
      return imageIsThere(server, write);
    case 'npm':
      return versionIsThere(write);
    case 'pypi':
      return distributionIsThere(write);
    case 'sdist':
      return sdistIsThere(write);
    case 'maven':
      return artifactIsThere(write);
    case 'snapshot':
      return snapshotIsThere(write);
    case 'file':
      return fileIsThere(write);
    case 'push':
      return mirror.has(write);
    case 'deletion':
      return mirror.lacks(write);
  }
}

async function objectIsThere(server: Asked, write: Acknowledged & { kind: 'object' }): Promise<boolean> {
  const offered = await fetch(`${server.url}/${write.projectPath}.git/info/lfs/objects/batch`, {
    method: 'POST',
    headers: { ...basic('root', ROOT_TOKEN), Accept: LFS, 'Content-Type': LFS },
    body: JSON.stringify({ operation: 'download', objects: [{ oid: write.oid, size: write.size }] }),
  });
  const { download } = ((await offered.json()) as Batch).objects[0]?.actions ?? {};
  if (!download) return false;
  const bytes = await (await fetch(download.href, { headers: download.header ?? {} })).bytes();
  return createHash('sha256').update(bytes).digest('hex') === write.oid;
}

type Of<K extends Acknowledged['kind']> = Acknowledged & { kind: K };

interface Mirror {
  /** A ref is where it was pushed to, or was moved on from there by a push that nobody could acknowledge. */
  has(write: Of<'push'>): Promise<boolean>;
  lacks(write: Of<'deletion'>): Promise<boolean>;
}

/** Fetches each repository from the server once, as a client does, and looks refs up in what came. */
function mirrorsOf(server: Asked, client: TestClient): Mirror {
  const mirrors = new Map<string, string>();
  const mirror = async (projectPath: string): Promise<string> => {
    const known = mirrors.get(projectPath);
    if (known !== undefined) return known;
    const folder = client.path(`mirror-${crypto.randomUUID()}`);
    const url = `${server.urlFor('root', ROOT_TOKEN)}/${projectPath}.git`;
    await client.ok(['git', 'clone', '-q', '--mirror', url, folder], { timeoutSeconds: 300 });
    mirrors.set(projectPath, folder);
    return folder;
  };
  const ask = async (projectPath: string, ...args: string[]) =>
    (await client.run(['git', '-C', await mirror(projectPath), ...args])).code;
  return {
    has: async ({ projectPath, ref, commit }) =>
      (await ask(projectPath, 'merge-base', '--is-ancestor', commit, ref)) === 0,
    lacks: async ({ projectPath, ref }) => (await ask(projectPath, 'show-ref', '--verify', '-q', ref)) === 1,
  };
}

/**
 * Looks at every bare repository in the data folder. @returns how many there are, and what git says of the corrupt
 * ones.
 */
export async function fsckAll(
  { folder: data }: Pick<TestServer, 'folder'>,
  client: TestClient,
): Promise<{ repositories: number; corrupt: string[] }> {
  const root = join(data, 'repositories');
  const paths = repositoriesIn(data);
  const corrupt: string[] = [];
  for (const path of paths) {
    const folder = join(root, path);
    const fsck = await client.run(
      ['git', '-C', folder, '-c', 'safe.directory=*', 'fsck', '--full', '--strict', '--no-dangling'],
      {
        timeoutSeconds: 300,
      },
    );
    if (fsck.code !== 0) corrupt.push(`${path}: ${fsck.output}`);
  }
  return { repositories: paths.length, corrupt };
}

/** @param data the data folder. @returns paths in the folder of repositories, such as `3f/63.git`. */
export const repositoriesIn = (data: string): string[] => [
  ...new Bun.Glob('??/*.git').scanSync({ cwd: join(data, 'repositories'), onlyFiles: false }),
];

/** Rows that must come in pairs, and those that are alone; every one of these answers with none in a whole database. */
const HALF: Record<string, string> = {
  'tokens without a secret':
    'select count(*) as count from deploy_tokens t where not exists (select 1 from deploy_token_secrets s where s.deploy_token_id = t.id)',
  'secrets without a token':
    'select count(*) as count from deploy_token_secrets s where not exists (select 1 from deploy_tokens t where t.id = s.deploy_token_id)',
  'tokens without an audit event':
    "select count(*) as count from deploy_tokens t where not exists (select 1 from audit_events e where e.action in ('deploy_token_created', 'group_deploy_token_created') and e.target_id = t.id)",
  'audit events of tokens that are not there':
    "select count(*) as count from audit_events e where e.action = 'deploy_token_created' and not exists (select 1 from deploy_tokens t where t.id = e.target_id)",
  'tokens for jobs without a sealed secret':
    "select count(*) as count from deploy_tokens t join deploy_token_secrets s on s.deploy_token_id = t.id where t.project_id is not null and t.name = 'gitlab-deploy-token' and s.sealed is null",
  'projects without a path':
    'select count(*) as count from projects p where not exists (select 1 from routes r where r.project_id = p.id)',
  'groups without a path':
    'select count(*) as count from namespaces n where not exists (select 1 from routes r where r.namespace_id = n.id)',
  'groups without a lineage': "select count(*) as count from namespaces where lineage = ''",
  'LFS objects without a link':
    'select count(*) as count from lfs_objects o where not exists (select 1 from lfs_links l where l.oid = o.oid)',
  'packages without a version':
    'select count(*) as count from packages p where not exists (select 1 from package_versions v where v.package_id = p.id)',
  'package versions without a file':
    'select count(*) as count from package_versions v where not exists (select 1 from package_files f where f.version_id = v.id)',
  'package versions without an audit event':
    "select count(*) as count from package_versions v where not exists (select 1 from audit_events e where e.action = 'package_registry_package_published' and e.target_id = v.id)",
  'documents of a package as it never was':
    'select count(*) as count from packages p join package_documents d on d.package_id = p.id where d.revision > p.revision',
  'wheels without their metadata':
    "select count(*) as count from package_files f join package_versions v on v.id = f.version_id join packages p on p.id = v.package_id where p.type = 'pypi' and f.parent_id is null and f.name like '%.whl' and not exists (select 1 from package_files c where c.parent_id = f.id)",
  'blobs of images without a link':
    'select count(*) as count from image_contents c where not exists (select 1 from image_blobs b where b.digest = c.digest)',
};

/** @returns what is only half there: rows, and blobs whose bytes are not. */
export async function findHalves(server: Stored): Promise<string[]> {
  const halves: string[] = [];
  for (const [what, query] of Object.entries(HALF)) {
    const { rows } = await sql.raw<{ count: number | string }>(query).execute(server.db);
    const count = Number(rows[0]?.count);
    if (count !== 0) halves.push(`${count} ${what}`);
  }
  return [...halves, ...(await findMissingBlobs(server))];
}

const TEMPORARY = ['blobs/tmp', 'images/tmp', 'repositories/tmp'];

/**
 * Makes what a kill left half done look two hours old, so that the next start may remove it. @returns how much there
 * was.
 */
export function ageLeftovers({ folder }: TestServer): number {
  const then = new Date(Date.now() - 2 * 60 * 60_000);
  const left = leftovers(folder);
  for (const path of left) utimesSync(path, then, then);
  return left.length;
}

/** Unfinished leftovers that still exist. */
export const remainingLeftovers = ({ folder }: TestServer): string[] => leftovers(folder);

const leftovers = (folder: string): string[] =>
  TEMPORARY.flatMap((path) => readdirSync(join(folder, path)).map((name) => join(folder, path, name)));
