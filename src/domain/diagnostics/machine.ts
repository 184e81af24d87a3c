import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../lib/code-of.ts';
import { messageOf } from '../../lib/message-of.ts';
import type { Secret } from '../../lib/secret.ts';
import { gitVersion } from '../../store/git/git-version.ts';
import { instanceKeyFile, readInstanceKey } from '../../store/instance-key.ts';
import { createSealer } from '../keys/sealing.ts';
import { type Check, fail, ok, warning } from './check.ts';

const NEEDED_GIT = '2.39';
const GIB = 2 ** 30;

/** @param path where programs are looked for. */
export async function checkGit(path: string): Promise<Check> {
  const version = await gitVersion(path);
  const advice = `Install git ${NEEDED_GIT} or newer; on Debian: apt-get install git.`;
  if (version === null) return fail('git', 'There is no git on the PATH.', advice);
  const isOld = version.localeCompare(NEEDED_GIT, 'en', { numeric: true }) < 0;
  return isOld
    ? fail('git', `git is ${version}; ${NEEDED_GIT} is the oldest that will do.`, advice)
    : ok('git', `git is ${version}.`);
}

/** Whether the folder is writable, and its free disk space. */
export function checkDataFolder(folder: string): Check {
  const what = 'data folder';
  const advice = 'Give it to the user that runs Postern, or name another with POSTERN_DATA.';
  const nearest = nearestThatExists(folder);
  try {
    if (!statSync(nearest).isDirectory()) return fail(what, `${nearest} is not a folder.`, advice);
    accessSync(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return fail(what, `${nearest} cannot be written to: ${codeOf(error) ?? String(error)}.`, advice);
  }
  const { bavail, bsize } = statfsSync(nearest);
  const free = `${((bavail * bsize) / GIB).toFixed(1)} GiB are free`;
  if (bavail * bsize < GIB)
    return warning(what, `Only ${free} in ${folder}.`, 'Free disk space, or move the data folder.');
  if (nearest !== folder) return ok(what, `${folder} is not there yet; the first start makes it. ${free}.`);
  return ok(what, `${folder} can be written to; ${free}.`);
}

function nearestThatExists(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : nearestThatExists(dirname(folder));
}

export interface KeyCheck {
  check: Check;
  /** Null: there is no key yet, or none that can be used. */
  keyId: string | null;
}

/** @param given the key of POSTERN_SECRET_KEY; null if it is in the data folder. */
export function checkSecretKey(given: Secret<Uint8Array> | null, dataFolder: string): KeyCheck {
  const what = 'secret key';
  const file = instanceKeyFile(dataFolder);
  if (given) return { check: ok(what, 'POSTERN_SECRET_KEY is a valid key.'), keyId: createSealer(given).keyId };
  if (!existsSync(file)) return { check: ok(what, `${file} is not there yet; the first start makes it.`), keyId: null };
  try {
    const { keyId } = createSealer(readInstanceKey(file));
    const isOpen = (statSync(file).mode & 0o077) !== 0;
    const check = isOpen
      ? warning(what, `${file} can be read by other users of this machine.`, `Run chmod 600 ${file}.`)
      : ok(what, `${file} is a valid key that only this user can read.`);
    return { check, keyId };
  } catch (error) {
    return { check: fail(what, messageOf(error), `Put ${file} back from a backup.`), keyId: null };
  }
}
