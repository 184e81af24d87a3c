import { toConfig } from '../config/config.ts';
import { databaseAddress } from '../config/database.ts';
import { readPath } from '../config/env.ts';
import { toSecrets } from '../config/secrets.ts';
import type { Check } from '../domain/diagnostics/check.ts';
import { runDiagnostics } from '../domain/diagnostics/diagnostics.ts';
import { checkTls, checkUrl } from './check-url.ts';
import type { Invocation } from './command.ts';

/** Looks at everything the server needs. @returns 1 when something is wrong. */
export async function doctor({ raw, print }: Invocation): Promise<number> {
  const config = toConfig(raw);
  const secrets = toSecrets(raw);
  const checked = {
    path: readPath(),
    dataFolder: config.dataFolder,
    secretKey: secrets.secretKey,
    database: databaseAddress(config, secrets),
    bucket: config.blobs.kind === 's3' ? { address: config.blobs, keys: secrets.s3 } : null,
  };
  const checks = [
    ...(await runDiagnostics(checked, Date.now())),
    ...(config.tls
      ? checkTls(config.tls, [...new Set([config.url, config.registryUrl ?? config.url])], Date.now())
      : []),
    await checkUrl(config),
  ];
  await print(checks.map(show).join(''));
  const failures = checks.filter(({ level }) => level === 'failure').length;
  await print(failures === 0 ? '\nNothing stands in the way.\n' : `\n${failures} to be mended.\n`);
  return failures === 0 ? 0 : 1;
}

const MARKS = { ok: 'ok', warning: 'warning', failure: 'FAILURE' } as const;

function show({ what, level, message, advice }: Check): string {
  const line = `${MARKS[level].padEnd(8)} ${what.padEnd(12)} ${message}\n`;
  return advice === undefined ? line : `${line}${' '.repeat(22)}${advice}\n`;
}
