/** The options of the git store. The composition root makes them once. */
export interface GitOptions {
  /** The folder of the bare repositories. */
  root: string;
  /** The PATH in which git and its helpers are looked up. */
  path: string;
  /** The largest push, in bytes. */
  pushBytes: number;
  /** The longest time that a git may run, in milliseconds. */
  timeoutMs: number;
  /** The longest time that a client may neither send nor receive, in milliseconds. */
  idleMs: number;
  /** Logs an error of git that no request waits for. The message holds no secret. */
  report: (message: string, error: unknown) => void;
}

/** Larger files are streamed and never delta-compressed, which would hold them in memory. In bytes. */
const BIG_FILE = 16 * 1024 * 1024;

/**
 * The settings of every git, as `-c` arguments: they override the configuration file of a repository, which another
 * fault might let an attacker write.
 */
export function gitSettings({ pushBytes }: Pick<GitOptions, 'pushBytes'>): string[] {
  return [
    // Repositories may be on a volume that another user owns. Git refuses those as "dubious".
    'safe.directory=*',
    // No hook of a repository is run.
    'core.hooksPath=/dev/null',
    'uploadpack.allowFilter=true',
    // Partial clones fetch single objects later. Protocol 2 lets a client ask for any object in any case.
    'uploadpack.allowAnySHA1InWant=true',
    'receive.fsckObjects=true',
    // Harmless faults of old histories, such as that of kernel.org.
    'receive.fsck.badTimezone=ignore',
    'receive.fsck.missingSpaceBeforeDate=ignore',
    'receive.fsck.zeroPaddedFilemode=ignore',
    'receive.advertisePushOptions=true',
    `receive.maxInputSize=${pushBytes}`,
    'receive.autogc=false',
    'gc.auto=0',
    // An acknowledged push survives a power cut.
    'core.fsync=objects,derived-metadata,reference',
    'core.fsyncMethod=fsync',
    // Bounds the memory of one git, independent of the repository.
    'pack.threads=2',
    'pack.windowMemory=64m',
    'pack.deltaCacheSize=64m',
    `core.bigFileThreshold=${BIG_FILE}`,
    'core.packedGitWindowSize=32m',
    'core.deltaBaseCacheLimit=64m',
    // Refs of an alternate object store are never advertised.
    'core.alternateRefsCommand=exit 0 #',
  ].flatMap((setting) => ['-c', setting]);
}

/** The whole environment of git: nothing of the server's, and no configuration file of the machine or of a user. */
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
