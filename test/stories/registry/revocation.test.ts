import { expect, setDefaultTimeout } from 'bun:test';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import { createClient } from '../../support/client.ts';
import { needsClient } from '../../support/needs-client.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { onOneServer } from '../../support/on-each-app.ts';

setDefaultTimeout(120_000);

const LAYERS = 300;

onOneServer('revocation in the middle of a pull', (started) => {
  needsClient('skopeo')('the next layer is refused, though the bearer token has minutes left', async () => {
    const { seed, url, services, logs } = await started;
    using client = createClient();
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const layers = Array.from({ length: LAYERS }, (_, n) => tarOf(`file${n}`, Buffer.from(`${n}`)));
    writeImageLayout(client.path('image'), 'v1', layers);
    const credentials = `${token.username}:${token.secret}`;
    const image = `docker://${new URL(url).host}/${project.full_path}:v1`;
    const push = ['skopeo', 'copy', '--preserve-digests', '--dest-tls-verify=false', '--dest-creds', credentials];
    await client.ok([...push, `oci:${client.path('image')}:v1`, image]);

    const before = logs.length;
    const served = () =>
      logs
        .slice(before)
        .map(toBlobRequest)
        .filter((request) => request !== null);
    const pull = ['skopeo', 'copy', '--src-tls-verify=false', '--src-creds', credentials, image];
    const pulling = client.run([...pull, `oci:${client.path('pulled')}:v1`]);
    while (served().length < 5) await Bun.sleep(1);
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    await services.deployTokens.revoke(owner, token.id, BY_SYSTEM);

    const pulled = await pulling;
    expect(pulled.code).not.toBe(0);
    expect(pulled.output).toMatch(/unauthorized|authentication required|Access denied/i);
    const statuses = served().map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeLessThan(LAYERS);
    // From the first refusal on there is nothing but refusals, except for what was on its way already.
    const after = statuses.slice(statuses.indexOf(401));
    expect(after.filter((status) => status === 200).length).toBeLessThanOrEqual(6);
  });
});

function toBlobRequest(line: string): { status: number } | null {
  if (!line.includes('/blobs/:digest')) return null;
  const { status, method } = JSON.parse(line) as { status: number; method: string };
  return method === 'GET' ? { status } : null;
}
