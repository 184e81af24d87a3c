import { expect, test } from 'bun:test';
import { onOneEngine } from '../../../test/support/engines.ts';
import { packageScene } from '../../../test/support/package-scene.ts';
import { uploadForm, wheel } from '../../../test/support/wheel.ts';
import { sha256Hex } from '../../lib/digest.ts';
import { parseAttestations } from './attestations.ts';

const PUBLISH = 'https://docs.pypi.org/attestations/publish/v1';

/** An attestation as pypi-attestations makes it. */
function attestationOf(name: string, sha256: string, more: Record<string, unknown> = {}) {
  const statement = { predicateType: PUBLISH, subject: [{ name, digest: { sha256 } }], predicate: null, ...more };
  return {
    version: 1,
    verification_material: { certificate: 'x', transparency_entries: [{}] },
    envelope: { statement: Buffer.from(JSON.stringify(statement)).toString('base64'), signature: 'x' },
  };
}

test('attestations must be of the file, whose name tools may normalise', () => {
  const file = { file: 'My_Pkg-1.0-py3-none-any.whl', sha256: 'ab', name: 'my.pkg', version: '1.0' };
  const parse = (value: unknown) => parseAttestations(JSON.stringify(value), file);
  for (const name of [file.file, 'my_pkg-1.0-py3-none-any.whl']) {
    const list = [attestationOf(name, 'ab')];
    expect(parse(list)).toEqual(list);
  }
  for (const [name, sha256] of [
    ['My_Pkg-1.0-py3-none-any.whl', 'cd'],
    ['My_Pkg-1.1-py3-none-any.whl', 'ab'],
    ['My_Pkg-1.0-cp312-none-any.whl', 'ab'],
    ['other-1.0-py3-none-any.whl', 'ab'],
    ['My_Pkg-1.0.tar.gz', 'ab'],
    ['', 'ab'],
  ] as const)
    expect(() => parse([attestationOf(name, sha256)])).toThrow('not of the file');
  const twice = { subject: [file, file].map(() => ({ name: file.file, digest: { sha256: 'ab' } })) };
  expect(() => parse([attestationOf(file.file, 'ab', twice)])).toThrow('not of the file');
  const good = attestationOf(file.file, 'ab');
  const bad = [{}, 'x', [{}], [{ ...good, version: 2 }], [{ ...good, envelope: {} }], Array(17).fill(good)];
  for (const value of [...bad, [{ ...good, more: 'x'.repeat(1024 * 1024) }]])
    expect(() => parse(value)).toThrow('not a list of attestation objects');
  expect(() => parse([attestationOf(file.file, 'ab', { predicateType: 5 })])).toThrow(
    'not a list of attestation objects',
  );
  expect(() => parseAttestations('[', file)).toThrow('not a list of attestation objects');
  for (const none of [undefined, '', '[]']) expect(parseAttestations(none, file)).toBeNull();
});

onOneEngine('attestations of Python packages', (engine) => {
  test('are kept, named in both indexes, and served as the provenance of the file', async () => {
    await using scene = await packageScene(engine);
    const made = wheel('attested', '1.0');
    const attestation = attestationOf(made.file, sha256Hex(made.bytes));
    const upload = (attestations: unknown) =>
      scene.send('POST', 'pypi', uploadForm('attested', '1.0', made, { attestations: JSON.stringify(attestations) }));
    const refused = await upload([attestationOf(made.file, sha256Hex('other'))]);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('not of the file')]);
    expect(await scene.count()).toBe(0);
    expect((await upload([attestation])).status).toBe(201);

    const url = `http://postern.test${scene.base}/pypi/files/${sha256Hex(made.bytes)}/${made.file}.provenance`;
    const json = await scene.get('pypi/simple/attested/', { Accept: 'application/vnd.pypi.simple.v1+json' });
    expect(await json.json()).toMatchObject({ files: [{ filename: made.file, provenance: url }] });
    expect(await (await scene.get('pypi/simple/attested/')).text()).toContain(` data-provenance="${url}"`);
    const answer = await scene.app.fetch(new URL(url).pathname, { headers: { 'Deploy-Token': scene.token.secret } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'application/vnd.pypi.integrity.v1+json',
    ]);
    const publisher = { kind: 'Postern', claims: null, username: scene.token.username };
    expect(await answer.json()).toEqual({
      version: 1,
      attestation_bundles: [{ publisher, attestations: [attestation] }],
    });
    expect((await scene.app.fetch(new URL(url).pathname)).status).toBe(401);
  });
});
