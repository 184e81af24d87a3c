import { ALLOCATION_LIMIT, MAPPED_PACKS } from './git-memory.ts';
import { RESERVED_REFS } from './reserved-refs.ts';

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

const PUSHES = [
  'receive.fsckObjects=true',
  // Harmless faults of old histories, such as that of kernel.org.
  'receive.fsck.badTimezone=ignore',
  'receive.fsck.missingSpaceBeforeDate=ignore',
  'receive.fsck.zeroPaddedFilemode=ignore',
  'receive.advertisePushOptions=true',
  // A branch that HEAD names is not deleted; the server says how to do it, and git does not.
  'receive.denyDeleteCurrent=refuse',
  'receive.autogc=false',
];

/** Bounds the memory of one git, independent of the repository. */
const MEMORY = [
  'pack.threads=2',
  'pack.windowMemory=64m',
  'pack.deltaCacheSize=64m',
  `core.bigFileThreshold=${BIG_FILE}`,
  'core.packedGitWindowSize=32m',
  `core.packedGitLimit=${MAPPED_PACKS}`,
  'core.deltaBaseCacheLimit=64m',
];

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
    // Partial clones fetch single objects later. The server checks itself which objects a client may ask for.
    'uploadpack.allowAnySHA1InWant=true',
    ...PUSHES,
    `receive.maxInputSize=${pushBytes}`,
    'gc.auto=0',
    // An acknowledged push survives a power cut.
    'core.fsync=objects,derived-metadata,reference',
    'core.fsyncMethod=fsync',
    ...MEMORY,
    // Refs of an alternate object store are never advertised.
    'core.alternateRefsCommand=exit 0 #',
    // No file of a repository's content decides how git works here.
    'core.attributesFile=/dev/null',
    'core.fsmonitor=false',
    'log.mailmap=false',
    'receive.shallowUpdate=false',
    // Neither shown to clients nor changed by them.
    ...RESERVED_REFS.map((namespace) => `transfer.hideRefs=${namespace}`),
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
    // Pushed refs, and files that a fault lets an attacker write, replace no object and set no attribute.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOC_LIMIT: ALLOCATION_LIMIT,
    ...(protocol === '' ? {} : { GIT_PROTOCOL: protocol }),
  };
}
