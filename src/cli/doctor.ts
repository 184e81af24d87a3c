import { toConfig } from '../config/config.ts';
import { databaseAddress } from '../config/database.ts';
import { readPath } from '../config/env.ts';
import { toSecrets } from '../config/secrets.ts';
import type { Check } from '../domain/diagnostics/check.ts';
import { runDiagnostics } from '../domain/diagnostics/diagnostics.ts';
import { checkRepositories } from '../domain/diagnostics/repositories.ts';
import { checkTls, checkUrl } from './check-url.ts';
import type { Invocation } from './command.ts';
import { toJson } from './on-app.ts';

/** Checks everything that the server needs. @returns 1 when a check fails. */
export async function doctor({ raw, flags, print }: Invocation): Promise<number> {
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
    ...(await checkRepositories(config.dataFolder, checked.path, flags['repair'] === true)),
  ];
  const failures = checks.filter(({ level }) => level === 'failure').length;
  await print(
    flags['json'] === true ? toJson({ failures, checks }) : `${checks.map(show).join('')}\n${verdict(failures)}\n`,
  );
  return failures === 0 ? 0 : 1;
}

function verdict(failures: number): string {
  if (failures === 0) return 'All checks passed.';
  return failures === 1 ? '1 problem found.' : `${failures} problems found.`;
}

const MARKS = { ok: 'ok', warning: 'warning', failure: 'FAILURE' } as const;

function show({ what, level, message, advice }: Check): string {
  const line = `${MARKS[level].padEnd(8)} ${what.padEnd(12)} ${message}\n`;
  return advice === undefined ? line : `${line}${' '.repeat(22)}${advice}\n`;
}
