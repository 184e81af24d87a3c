import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export type FileSystem = 'ext4' | 'xfs';

export type CutDisk = Awaited<ReturnType<typeof makeDisk>>;

/** Sparse: only what is written takes space. */
const SIZE = '6G';
const MAKE: Record<FileSystem, string[]> = { ext4: ['mkfs.ext4', '-q', '-F'], xfs: ['mkfs.xfs', '-q', '-f'] };
/** A process that was killed may still have files open. */
const LONGEST_UNMOUNT_MS = 20_000;

/**
 * A disk of its own in a file, whose power can be cut: what the file system has not written to its journal or its
 * blocks by then is lost. It takes root and loop devices.
 */
export async function makeDisk(fileSystem: FileSystem) {
  const folder = mkdtempSync('/tmp/postern-cut-');
  const image = join(folder, 'image');
  const path = join(folder, 'disk');
  mkdirSync(path);
  const mount = () => run('mount', '-o', 'loop', image, path);
  try {
    await run('truncate', '-s', SIZE, image);
    await run(...MAKE[fileSystem], image);
    await mount();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    fileSystem,
    /** Where it is mounted. */
    path,
    /** Cuts the power: from now on nothing is written, and what was not written is lost. */
    cut: () => run('xfs_io', '-x', '-c', 'shutdown', path),
    /** Mounts it again after a cut, as a machine does that starts: the journal is replayed. */
    async restart(): Promise<void> {
      await unmount(path);
      await mount();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await unmount(path);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Why no disk can be cut here; null when one can. */
export async function whyNoCut(): Promise<string | null> {
  try {
    for (const fileSystem of ['ext4', 'xfs'] as const) {
      await using disk = await makeDisk(fileSystem);
      await disk.cut();
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function unmount(path: string): Promise<void> {
  const end = Date.now() + LONGEST_UNMOUNT_MS;
  for (;;) {
    try {
      return await run('umount', path);
    } catch (error) {
      if (Date.now() > end) throw error;
      await Bun.sleep(50);
    }
  }
}

async function run(...command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(' ')}: ${(err || out).trim().slice(0, 300)}`);
}
