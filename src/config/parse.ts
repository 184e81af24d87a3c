import { byteSizeIn } from '../lib/byte-size.ts';
import { StartError } from '../lib/start-error.ts';

/** A setting that cannot be used. The message is one sentence, names the setting and says what would do. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError';
}

export function parseInteger(name: string, value: string, min: number, max: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${value}".`);
  }
  return number;
}

/** A size such as `500MB`, `5GiB` or `1048576`, in bytes. */
export function parseBytes(name: string, value: string): number {
  const bytes = byteSizeIn(value);
  if (bytes === null) throw new ConfigError(`${name} must be a size such as 500MB or 5GiB, not "${value}".`);
  return bytes;
}

export function parseSwitch(name: string, value: string): boolean {
  if (value === 'on' || value === 'true') return true;
  if (value === 'off' || value === 'false') return false;
  throw new ConfigError(`${name} must be on or off, not "${value}".`);
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

export function parseLevel(name: string, value: string): string {
  if (LEVELS.includes(value)) return value;
  throw new ConfigError(`${name} must be one of ${LEVELS.join(', ')}, not "${value}".`);
}

/** `host:port`, `[::1]:port`, `:port` or a port alone. */
export function parseListen(name: string, value: string): { hostname: string; port: number } {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]*)):)?(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new ConfigError(`${name} must be host:port such as 127.0.0.1:8080, not "${value}".`);
  return { hostname: match[1] ?? (match[2] || '0.0.0.0'), port };
}

/** A base URL: http or https, a host, no query, fragment or credentials. Comes back without a slash at the end. */
export function parseUrl(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.host === '') {
    throw new ConfigError(`${name} must be a URL such as https://postern.example.com, not "${value}".`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new ConfigError(`${name} must be a plain base URL: no user name, password, query or fragment.`);
  }
  if (url.pathname !== '/')
    throw new ConfigError(`${name} must not have a path: Postern is served from the root of its host.`);
  return url.origin;
}
