import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Secret } from '../../lib/secret.ts';
import { gitVersion } from '../../store/git/git-version.ts';
import { instanceKeyFile, readInstanceKey } from '../../store/instance-key.ts';
import { createSealer } from '../deploy-tokens/sealing.ts';
import { type Finding, failure, fine, warning } from './finding.ts';

const NEEDED_GIT = '2.39';
const GIB = 2 ** 30;

/** @param path where programs are looked for. */
export async function checkGit(path: string): Promise<Finding> {
  const version = await gitVersion(path);
  const advice = `Install git ${NEEDED_GIT} or newer; on Debian: apt-get install git.`;
  if (version === null) return failure('git', 'There is no git on the PATH.', advice);
  const isOld = version.localeCompare(NEEDED_GIT, 'en', { numeric: true }) < 0;
  return isOld
    ? failure('git', `git is ${version}; ${NEEDED_GIT} is the oldest that will do.`, advice)
    : fine('git', `git is ${version}.`);
}

/** Whether we may write there, and how much room is left. */
export function checkDataFolder(folder: string): Finding {
  const what = 'data folder';
  const advice = 'Give it to the user that runs Postern, or name another with POSTERN_DATA.';
  const nearest = nearestThatExists(folder);
  try {
    if (!statSync(nearest).isDirectory()) return failure(what, `${nearest} is not a folder.`, advice);
    accessSync(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as { code?: string };
    return failure(what, `${nearest} cannot be written to: ${code ?? String(error)}.`, advice);
  }
  const { bavail, bsize } = statfsSync(nearest);
  const free = `${((bavail * bsize) / GIB).toFixed(1)} GiB are free`;
  if (bavail * bsize < GIB) return warning(what, `Only ${free} in ${folder}.`, 'Make room, or move the data folder.');
  if (nearest !== folder) return fine(what, `${folder} is not there yet; the first start makes it. ${free}.`);
  return fine(what, `${folder} can be written to; ${free}.`);
}

function nearestThatExists(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : nearestThatExists(dirname(folder));
}

export interface KeyCheck {
  finding: Finding;
  /** Null: there is no key yet, or none that can be used. */
  keyId: string | null;
}

/** @param given the key of POSTERN_SECRET_KEY; null: it lies in the data folder. */
export function checkSecretKey(given: Secret<Uint8Array> | null, dataFolder: string): KeyCheck {
  const what = 'secret key';
  const file = instanceKeyFile(dataFolder);
  if (given) return { finding: fine(what, 'POSTERN_SECRET_KEY is a key.'), keyId: createSealer(given).keyId };
  if (!existsSync(file))
    return { finding: fine(what, `${file} is not there yet; the first start makes it.`), keyId: null };
  try {
    const { keyId } = createSealer(readInstanceKey(file));
    const isOpen = (statSync(file).mode & 0o077) !== 0;
    const finding = isOpen
      ? warning(what, `${file} can be read by other users of this machine.`, `Run chmod 600 ${file}.`)
      : fine(what, `${file} is a key, and ours alone to read.`);
    return { finding, keyId };
  } catch (error) {
    return { finding: failure(what, (error as Error).message, `Put ${file} back from a backup.`), keyId: null };
  }
}
