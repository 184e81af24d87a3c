import { expect, test } from 'bun:test';
import { onOneEngine } from '../../../test/support/engines.ts';
import { npmTarball, publication } from '../../../test/support/npm-tarball.ts';
import { packageScene } from '../../../test/support/package-scene.ts';

const TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const SLSA = 'https://slsa.dev/provenance/v1';
const manifest = { name: '@s/p', version: '1.0.0+b.1' };

const encoded = (statement: unknown) => Buffer.from(JSON.stringify(statement)).toString('base64');

/** A bundle as npm makes it, of a tarball. */
function bundleOf(sha512: string, name = 'pkg:npm/%40s/p@1.0.0+b.1') {
  const statement = { predicateType: SLSA, subject: [{ name, digest: { sha512 } }], predicate: { builder: 'x' } };
  return {
    mediaType: TYPE,
    verificationMaterial: { tlogEntries: [{ logIndex: '1' }] },
    dsseEnvelope: { payload: encoded(statement), signatures: [{ sig: 'x' }] },
  };
}

onOneEngine('provenance of npm packages', (engine) => {
  const begin = async () => {
    const scene = await packageScene(engine);
    const bytes = await npmTarball(manifest);
    const sha512 = new Bun.CryptoHasher('sha512').update(bytes).digest('hex');
    const publish = (attachments: Record<string, unknown>) => {
      const sent = publication({ ...manifest, dist: { attestations: { url: 'http://attacker.example' } } }, bytes);
      return scene.send(
        'PUT',
        'npm/@s%2fp',
        JSON.stringify({ ...sent, _attachments: { ...sent._attachments, ...attachments } }),
      );
    };
    return { ...scene, sha512, publish };
  };
  const attachment = (bundle: unknown) => ({
    '@s/p-1.0.0+b.1.sigstore': { content_type: TYPE, data: JSON.stringify(bundle), length: 1 },
  });

  test('is kept, named in the document and served as it was published', async () => {
    await using scene = await begin();
    const bundle = bundleOf(scene.sha512);
    expect((await scene.publish(attachment(bundle))).status).toBe(200);
    const { versions } = (await (await scene.get('npm/@s%2fp')).json()) as Packument;
    const [only] = Object.values(versions);
    const url = `http://postern.test${scene.base}/npm/-/npm/v1/attestations/@s%2fp@${only?.version}`;
    expect(only?.dist['attestations']).toEqual({ url, provenance: { predicateType: SLSA } });
    // npm puts the path of this address behind the host of the registry.
    const answer = await scene.app.fetch(new URL(url).pathname, { headers: { 'Deploy-Token': scene.token.secret } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await answer.json()).toEqual({ attestations: [{ predicateType: SLSA, bundle }] });
    expect((await scene.app.fetch(new URL(url).pathname)).status).toBe(401);
    expect((await scene.get('npm/-/npm/v1/attestations/@s%2fp@2.0.0')).status).toBe(404);
  });

  test('of something else, or that cannot be kept, is refused, and nothing is published', async () => {
    await using scene = await begin();
    const good = bundleOf(scene.sha512);
    const refused: [string, Record<string, unknown>][] = [
      ['of another package, version or tarball', attachment(bundleOf('0'.repeat(128)))],
      ['of another package, version or tarball', attachment(bundleOf(scene.sha512, 'pkg:npm/%40s/q@1.0.0+b.1'))],
      ['of another package, version or tarball', attachment(bundleOf(scene.sha512, 'pkg:npm/%zz'))],
      ['not a Sigstore bundle', attachment({ ...good, dsseEnvelope: { payload: encoded({ subject: [] }) } })],
      ['not a Sigstore bundle', attachment({ mediaType: TYPE, messageSignature: {} })],
      ['not a Sigstore bundle', attachment({ ...good, more: 'x'.repeat(1024 * 1024) })],
      ['not a Sigstore bundle', { 'p.sigstore': { data: '{', length: 1 } }],
      ['not a Sigstore bundle', { 'p.sigstore': { data: { a: 1 } } }],
      ['The attachment p.sig is not accepted', { 'p.sig': { data: 'x' } }],
      ['The attachment b.sigstore is not accepted', { ...attachment(good), 'b.sigstore': { data: 'x' } }],
    ];
    for (const [reason, attachments] of refused) {
      const answer = await scene.publish(attachments);
      expect([reason, answer.status, await answer.text()]).toEqual([reason, 400, expect.stringContaining(reason)]);
    }
    expect(await scene.count()).toBe(0);
  });
});

interface Packument {
  versions: Record<string, { version: string; dist: Record<string, unknown> }>;
}
