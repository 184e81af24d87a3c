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

/** What Kubernetes adds to the environment of every pod beside a service that is called postern. */
const FROM_KUBERNETES = /^POSTERN_(SERVICE_(HOST|PORT)|PORT$|PORT_\d)/;

/** Names in the environment that look like settings of ours and are none: misspelt, they are without effect. */
export function unknownSettings(): string[] {
  const known = new Set<string>(SETTINGS.map(({ env }) => env));
  return Object.keys(process.env).filter(
    (name) => name.startsWith('POSTERN_') && !known.has(name) && !FROM_KUBERNETES.test(name),
  );
}

/** What a program we start needs to find others on this machine. */
export function readPath(): string {
  return process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
}
