import type { RawSettings, Setting } from '../config/settings.ts';

/** One thing the program can be told to do. */
export interface Command {
  /** As it is typed: `serve`, `admin create-user`. */
  name: string;
  summary: string;
  /** What `--help` says above the flags. */
  about?: string;
  flags: readonly Flag[];
  /** The settings that it looks at: each can be given as a flag too. */
  settings: readonly Setting[];
  /** Loaded when it is run, so that `version` does not wait for a database driver. @returns the exit code. */
  load(): Promise<(invocation: Invocation) => Promise<number>>;
}

/** A flag of one command alone. */
export interface Flag {
  flag: `--${string}`;
  /** What stands behind it; absent: it stands alone. */
  value?: string;
  help: string;
}

export interface Invocation {
  /** The environment, and over it the flags. */
  raw: RawSettings;
  flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Writes to standard output: what the command was run for. */
  print(text: string): Promise<void>;
  /** Writes to standard error: everything else. */
  say(text: string): Promise<void>;
  readInput(): Promise<string>;
}

/** What was typed makes no sense. One sentence; the program ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
