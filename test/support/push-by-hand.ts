import { join } from 'node:path';
import { paceOf } from '../../src/store/git/client-watch.ts';
import { installPushHooks } from '../../src/store/git/push-hooks.ts';
import { createReachability } from '../../src/store/git/reachable.ts';
import { serveGit } from '../../src/store/git/serve-git.ts';
import type { MaintenanceScene } from './maintenance-scene.ts';

/** The object id of a ref that does not exist. */
export const NONE = '0'.repeat(40);

const pkt = (text: string) => (text.length + 4).toString(16).padStart(4, '0') + text;

/** The body of a push of one ref: the commands, then the pack (gitprotocol-pack, "Pushing Data To a Server"). */
async function bodyOf({ client, cwd }: MaintenanceScene, { ref, old = NONE, wanted }: ByHand): Promise<Blob> {
  const head = `${pkt(`${old} ${wanted} ${ref}\0report-status side-band-64k`)}0000`;
  if (wanted === NONE) return new Blob([head]);
  const script = 'git rev-list --objects "$1" | cut -d" " -f1 | git pack-objects -q --stdout >pack';
  await client.ok(['bash', '-c', script, '-', wanted], { cwd });
  return new Blob([head, await Bun.file(join(cwd, 'pack')).bytes()]);
}

export interface ByHand {
  ref: string;
  /** The commit that the ref has. Left out: none. */
  old?: string;
  /** A commit of the client's. */
  wanted: string;
}

/**
 * Pushes a ref to the repository of the scene, without a client that hides the order of things.
 * @param sync is called in place of the sync of a folder, with its path in the repository and what the client has
 * received until then.
 * @returns the whole answer.
 */
export async function pushByHand(
  scene: MaintenanceScene,
  command: ByHand,
  sync: (folder: string, received: string) => Promise<void>,
): Promise<string> {
  let received = '';
  const options = {
    ...scene.options,
    git: scene.launcher(),
    hooks: installPushHooks(scene.folder),
    reachability: createReachability(),
    pace: paceOf(scene.options.idleMs),
    release: () => {},
    sync: (path: string) => sync(path.slice(scene.path.length + 1), received),
  };
  const served = await serveGit(options, scene.path, {
    mode: 'stateless',
    service: 'receive-pack',
    protocol: '',
    signal: new AbortController().signal,
    input: (await bodyOf(scene, command)).stream(),
    push: { admit: async () => null, settle: async () => {} },
  });
  for await (const chunk of served.output) received += new TextDecoder().decode(chunk);
  return received;
}
