/** What git is started with; made once by the composition root. */
export interface GitOptions {
  /** Where bare repositories lie. */
  root: string;
  /** The PATH in which git and its helpers are found. */
  path: string;
  /** The largest push, in bytes. */
  pushBytes: number;
  /** A git that takes longer is ended, in milliseconds. */
  timeoutMs: number;
  /** A git whose client neither sends nor takes anything for so long is ended, in milliseconds. */
  idleMs: number;
  /** Told of what git complained about where nobody waits for it; holds no secret. */
  report: (message: string, error: unknown) => void;
}

/** Files larger than this are streamed and never searched for likenesses: they would be held in memory whole. */
const BIG_FILE = 16 * 1024 * 1024;

/**
 * The settings every git runs with, as `-c` arguments: where a repository's own configuration, which a fault elsewhere
 * might let someone write, cannot change them.
 */
export function gitSettings({ pushBytes }: Pick<GitOptions, 'pushBytes'>): string[] {
  return [
    // Repositories may lie on a volume that another user owns; git would refuse them as "dubious".
    'safe.directory=*',
    // Nothing from a repository is ever run.
    'core.hooksPath=/dev/null',
    'uploadpack.allowFilter=true',
    // Partial clones fetch single objects later; over protocol 2 any object may be asked for in any case.
    'uploadpack.allowAnySHA1InWant=true',
    'receive.fsckObjects=true',
    // What old but honest histories have, kernel.org's among them.
    'receive.fsck.badTimezone=ignore',
    'receive.fsck.missingSpaceBeforeDate=ignore',
    'receive.fsck.zeroPaddedFilemode=ignore',
    'receive.advertisePushOptions=true',
    `receive.maxInputSize=${pushBytes}`,
    'receive.autogc=false',
    'gc.auto=0',
    // What was acknowledged survives a power cut.
    'core.fsync=objects,derived-metadata,reference',
    'core.fsyncMethod=fsync',
    // Memory of one git, whatever is in the repository.
    'pack.threads=2',
    'pack.windowMemory=64m',
    'pack.deltaCacheSize=64m',
    `core.bigFileThreshold=${BIG_FILE}`,
    'core.packedGitWindowSize=32m',
    'core.deltaBaseCacheLimit=64m',
    // A shallow or partial answer must not be taken for granted from what a fork shares.
    'core.alternateRefsCommand=exit 0 #',
  ].flatMap((setting) => ['-c', setting]);
}

/** All of git's environment. Nothing of ours is passed on, and no configuration of the machine or of a user is read. */
export function gitEnvironment(path: string, home: string, protocol: string): Record<string, string> {
  return {
    PATH: path,
    HOME: home,
    XDG_CONFIG_HOME: home,
    LANG: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    ...(protocol === '' ? {} : { GIT_PROTOCOL: protocol }),
  };
}
