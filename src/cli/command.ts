import type { RawSettings, Setting } from '../config/settings.ts';

/** A command of the program. */
export interface Command {
  /** As it is typed: `serve`, `admin create-user`. */
  name: string;
  summary: string;
  /** More about the command, for `--help`. */
  about?: string;
  /** Names of the arguments that it takes, all of them required: `PATH`. */
  args?: readonly string[];
  flags: readonly Flag[];
  /** The settings that it reads: each can be given as a flag too, but for secrets. */
  settings: readonly Setting[];
  /** Loaded when it is run, so that `version` does not wait for a database driver. @returns the exit code. */
  load(): Promise<(invocation: Invocation) => Promise<number>>;
}

/** A flag of one command alone. */
export interface Flag {
  flag: `--${string}`;
  /** The placeholder of its value in `--help`; absent: it takes none. */
  value?: string;
  help: string;
}

/** A command line that was understood. */
export interface Invocation {
  /** The environment, and over it the flags. */
  raw: RawSettings;
  flags: Readonly<Record<string, string | boolean | undefined>>;
  /** As many as the command takes. */
  args: readonly string[];
  /** Writes the result of the command to standard output. */
  print(text: string): Promise<void>;
  /** Writes everything else to standard error. */
  say(text: string): Promise<void>;
  readInput(): Promise<string>;
}

/** The command line is not valid. One sentence; the program ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
