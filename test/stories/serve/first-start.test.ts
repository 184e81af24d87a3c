import { expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { createApp } from '../../../src/app.ts';
import { toConfig } from '../../../src/config/config.ts';
import { toSecrets } from '../../../src/config/secrets.ts';
import type { RawSettings } from '../../../src/config/settings.ts';
import { inspectToken } from '../../../src/lib/token-format.ts';
import { onEachEngine } from '../../support/engines.ts';
import { freshPostgresUrl } from '../../support/postgres.ts';
import { thrown } from '../../support/rejection.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { ROOT } from '../../support/source-tree.ts';

onEachEngine('the first start', (engine) => {
  const withSettings = async (work: (raw: RawSettings) => Promise<void>) => {
    const folder = scratchFolder('postern-first-');
    const database = engine === 'postgres' ? { POSTERN_DATABASE_URL: await freshPostgresUrl() } : {};
    try {
      await work({ POSTERN_DATA: folder, POSTERN_LISTEN: '127.0.0.1:0', ...database });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const open = (raw: RawSettings) =>
    createApp({ config: toConfig(raw), secrets: toSecrets(raw), logger: pino({ level: 'silent' }) });
  const signIn = async (raw: RawSettings, password: string) => {
    await using app = await open(raw);
    return (await app.services.users.checkPassword('root', password, (work) => work())).outcome;
  };
  const isToken = async (raw: RawSettings, token: string) => {
    await using app = await open(raw);
    return (await app.services.personalTokens.check(inspectToken(token))).outcome;
  };

  /** Serves until `until` is written, then ends it in this way. @returns what it wrote. */
  const serveUntil = async (raw: RawSettings, until: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<string> => {
    const child = Bun.spawn(['sh', '-c', 'exec "$0" "$@" 2>&1', process.execPath, join(ROOT, 'src/main.ts'), 'serve'], {
      env: { PATH: process.env['PATH'] ?? '', ...raw },
      stdout: 'pipe',
    });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes(until) && !child.killed) child.kill(signal);
    }
    await child.exited;
    return text;
  };
  const passwordIn = (text: string) => /shown this once: (\S+)/.exec(text)?.[1] ?? '';

  test('prints a random password once, on standard error and not in the log', () =>
    withSettings(async (raw) => {
      const first = await serveUntil(raw, '"serving"', 'SIGTERM');
      expect(await signIn(raw, passwordIn(first))).toBe('ok');
      expect(first.split('\n').filter((line) => line.startsWith('{') && line.includes(passwordIn(first)))).toEqual([]);
      expect(await serveUntil(raw, '"serving"', 'SIGTERM')).not.toContain('shown this once');
    }));

  test('gives root the password and the token of the settings, and only then', () =>
    withSettings(async (raw) => {
      const given = { POSTERN_ROOT_PASSWORD: 'correct horse', POSTERN_ROOT_TOKEN: 'a-token-of-the-first-start' };
      const first = await serveUntil({ ...raw, ...given }, '"serving"', 'SIGTERM');
      expect(first).not.toMatch(/shown this once|has no effect/);
      const later = { POSTERN_ROOT_PASSWORD: 'another horse', POSTERN_ROOT_TOKEN: 'a-token-of-the-second-start' };
      const second = await serveUntil({ ...raw, ...later }, '"serving"', 'SIGTERM');
      expect(second).toMatch(/"level":"warn".*POSTERN_ROOT_TOKEN has no effect/);
      expect(second).not.toContain(later.POSTERN_ROOT_TOKEN);
      expect(await serveUntil({ ...raw, ...given }, '"serving"', 'SIGTERM')).not.toContain('has no effect');
      expect(await signIn(raw, 'correct horse')).toBe('ok');
      expect(await signIn(raw, 'another horse')).toBe('wrong');
      expect(await isToken(raw, given.POSTERN_ROOT_TOKEN)).toBe('active');
      expect(await isToken(raw, later.POSTERN_ROOT_TOKEN)).toBe('unknown');
    }));

  test('a first start that is killed at any moment is completed by the next: the last printed password is valid', () =>
    withSettings(async (raw) => {
      // Killed the moment it tells the password: before or after the commit, nobody can say.
      const first = await serveUntil(raw, 'shown this once', 'SIGKILL');
      const second = await serveUntil(raw, '"serving"', 'SIGTERM');
      expect(await signIn(raw, passwordIn(second) || passwordIn(first))).toBe('ok');
    }));

  test('is all or nothing: a root without the token that was asked for is never left behind', () =>
    withSettings(async (raw) => {
      const secrets = toSecrets({ ...raw, POSTERN_ROOT_TOKEN: 'a-token-of-the-first-start' });
      await using app = await createApp({ config: toConfig(raw), secrets, logger: pino({ level: 'silent' }) });
      const cut = app.firstStart(() => {
        throw new Error('cut off');
      });
      expect(await thrown(cut)).toThrow('cut off');
      expect(await app.services.users.any()).toBe(false);
      expect(await isToken(raw, 'a-token-of-the-first-start')).toBe('unknown');
    }));

  test('of two servers on one database makes one root, and one of them tells', () =>
    withSettings(async (raw) => {
      const serve = () => serveUntil(raw, '"serving"', 'SIGTERM');
      const shown = (await Promise.all([serve(), serve()])).map(passwordIn).filter((password) => password !== '');
      expect(shown.length).toBe(1);
      expect(await signIn(raw, shown[0] ?? '')).toBe('ok');
    }));
});
