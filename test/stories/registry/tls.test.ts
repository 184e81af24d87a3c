import { expect, setDefaultTimeout } from 'bun:test';
import { copyFileSync, mkdirSync } from 'node:fs';
import { makeCertificates } from '../../support/certificates.ts';
import { createClient } from '../../support/client.ts';
import { needsClient } from '../../support/needs-client.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { startServer } from '../../support/server.ts';

setDefaultTimeout(120_000);

needsClient('skopeo', 'openssl')(
  'skopeo pushes and pulls over TLS, under a certificate authority of its own',
  async () => {
    using client = createClient();
    const { ca, certificate, key } = await makeCertificates(client);
    await using server = await startServer('sqlite', { POSTERN_TLS_CERT: certificate, POSTERN_TLS_KEY: key });
    const { seed, url } = server;
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    writeImageLayout(client.path('image'), 'v1', [tarOf('hello', Buffer.from('hello\n'))]);
    mkdirSync(client.path('certs'));
    copyFileSync(ca, client.path('certs/ca.crt'));
    const credentials = `${token.username}:${token.secret}`;
    const image = `docker://${new URL(url).host}/${project.full_path}:v1`;
    const trust = ['--dest-cert-dir', client.path('certs')];
    await client.ok(['skopeo', 'copy', ...trust, '--dest-creds', credentials, `oci:${client.path('image')}:v1`, image]);
    const inspect = ['skopeo', 'inspect', '--creds', credentials];
    const inspected = await client.ok([...inspect, '--cert-dir', client.path('certs'), image]);
    expect(JSON.parse(inspected.stdout).RepoTags).toEqual(['v1']);

    const untrusting = await client.run([...inspect, image]);
    expect(untrusting.code).not.toBe(0);
    expect(untrusting.output).toContain('x509');
  },
);
