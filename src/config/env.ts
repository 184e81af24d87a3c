import { type RawSettings, SETTINGS } from './settings.ts';

/** The settings that the environment gives. The only reader of `process.env`; an empty value counts as not given. */
export function readEnv(): RawSettings {
  const raw: RawSettings = {};
  for (const { env } of SETTINGS) {
    const value = process.env[env];
    if (value !== undefined && value !== '') raw[env] = value;
  }
  return raw;
}

/** What a program we start needs to find others on this machine. */
export function readPath(): string {
  return process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
}
