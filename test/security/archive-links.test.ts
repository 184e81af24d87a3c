/**
 * The attack: a package whose archive writes outside the folder that it is unpacked into, on the machine of the user
 * who installs it: links, `..`, absolute names, drive letters. (CVE-2026-24842 and others of node-tar; CVE-2024-12905,
 * CVE-2025-48387 of tar-fs.) And a wheel whose entries have two names, so that the server checks and shows one file
 * and pip installs another.
 */

import { expect, test } from 'bun:test';
import { defined } from '../../src/lib/defined.ts';
import { onEachEngine } from '../support/engines.ts';
import { tarball } from '../support/npm-tarball.ts';
import { packageScene } from '../support/package-scene.ts';
import type { Entry } from '../support/packed.ts';
import { paxFields, rawTarball } from '../support/raw-tar.ts';
import { metadataOf, unicodePath, uploadForm, type ZipEntry, zip } from '../support/wheel.ts';

const manifest = { name: 'escape', version: '1.0.0' };

/** The entries of an archive below its folder. */
const ATTACKS: Entry[] = [
  { name: 'top/x', type: 'symlink', linkname: '/etc/passwd' },
  { name: 'top/x', type: 'symlink', linkname: '..' },
  { name: 'top/x', type: 'link', linkname: '../../.ssh/authorized_keys' },
  { name: '../x' },
  { name: 'top/../../x' },
  { name: '/etc/cron.d/x' },
  { name: 'top\\..\\..\\x' },
  { name: 'C:\\x' },
];

onEachEngine('links and ways out in archives', (engine) => {
  test('are refused in tarballs of npm and in wheels and source distributions, and nothing is kept', async () => {
    await using scene = await packageScene(engine);
    const json = JSON.stringify(manifest);
    const metadata = metadataOf('escape', '1.0');
    const python = (file: string, bytes: Uint8Array) =>
      scene.send('POST', 'pypi', uploadForm('escape', '1.0', { file, bytes }));
    for (const attack of ATTACKS) {
      const isLink = attack.linkname !== undefined;
      const entry = {
        name: attack.name,
        content: attack.linkname ?? 'x',
        ...defined({ mode: isLink ? 0o120777 : undefined }),
      };
      const answers = [
        await scene.publishNpm(manifest, await tarball([{ name: 'package/package.json', content: json }, attack])),
        await python('escape-1.0.tar.gz', await tarball([{ name: 'escape-1.0/PKG-INFO', content: metadata }, attack])),
        await python(
          'escape-1.0-py3-none-any.whl',
          zip([{ name: 'escape-1.0.dist-info/METADATA', content: metadata }, entry]),
        ),
      ];
      for (const answer of answers) {
        expect([400, 422]).toContain(answer.status);
        const refusal = [attack.name, await answer.text()];
        expect(refusal).toEqual([attack.name, expect.stringMatching(/leads out|not accepted/)]);
      }
    }
    expect(await scene.count()).toBe(0);
  });

  test('are accepted in a source distribution where they stay within its folder, whatever is unpacked before', async () => {
    await using scene = await packageScene(engine);
    const upload = async (version: string, links: readonly Entry[]) => {
      const top = `links-${version}`;
      const entries = links.map(({ name, ...entry }) => ({ ...entry, name: `${top}/${name}` }));
      const metadata = { name: `${top}/PKG-INFO`, content: metadataOf('links', version) };
      const bytes = await tarball([metadata, { name: `${top}/a.txt`, content: 'a' }, ...entries]);
      return scene.send('POST', 'pypi', uploadForm('links', version, { file: `${top}.tar.gz`, bytes }));
    };
    // As `tarfile.add` writes a second name of a file, and a link to a file beside it.
    const within: Entry[] = [
      { name: 'b.txt', type: 'link', linkname: 'links-1.0/a.txt' },
      { name: 'docs/a.txt', type: 'symlink', linkname: '../a.txt' },
    ];
    expect((await upload('1.0', within)).status).toBe(201);
    const packed = await tarball([
      { name: 'package/package.json', content: JSON.stringify(manifest) },
      { name: 'package/b', type: 'symlink', linkname: 'package.json' },
    ]);
    expect((await scene.publishNpm(manifest, packed)).status).toBe(422);
    // A hard link to the symbolic link would lead to the folder above.
    const moved: Entry[] = [
      { name: 'a/b/s', type: 'symlink', linkname: '../../a.txt' },
      { name: 's', type: 'link', linkname: 'links-2.0/a/b/s' },
    ];
    const through: Entry[] = [
      { name: 'a/b/d', type: 'symlink', linkname: '../..' },
      { name: 'a/b/d/x', type: 'symlink', linkname: '../../../x' },
    ];
    for (const attack of [moved, through]) {
      const answer = await upload('2.0', attack);
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('leads through a link')]);
    }
    // The metadata that was checked must be that which is unpacked.
    const replaced = await upload('2.0', [{ name: 'PKG-INFO', type: 'link', linkname: 'links-2.0/a.txt' }]);
    expect([replaced.status, await replaced.text()]).toEqual([400, expect.stringContaining('two PKG-INFO')]);
  });

  test('a second name in an extra field of a zip, which only some clients apply, does not hide an entry', async () => {
    await using scene = await packageScene(engine);
    const name = 'escape-1.0.dist-info/METADATA';
    const metadata = { name, content: metadataOf('escape', '1.0') };
    const renamed = (raw: string, shown: string, content: string): ZipEntry => {
      const field = unicodePath(raw, shown);
      return { name: raw, content, extra: { header: field, directory: field } };
    };
    const attacks = [
      [metadata, renamed('../../../../tmp/pwn.txt', 'escape/ok.txt', 'x')],
      // pip reads the first METADATA, which asks for another package; the server would serve the second.
      [
        renamed(name, 'escape/other.txt', metadataOf('escape', '1.0', { metadata: ['Requires-Dist: malware'] })),
        renamed('escape/decoy.txt', name, metadata.content),
      ],
    ];
    for (const entries of attacks) {
      const upload = uploadForm('escape', '1.0', { file: 'escape-1.0-py3-none-any.whl', bytes: zip(entries) });
      const answer = await scene.send('POST', 'pypi', upload);
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('two names')]);
    }
    expect(await scene.count()).toBe(0);
  });

  test('a pax field for all entries, which only some clients apply, does not rename an entry unseen', async () => {
    await using scene = await packageScene(engine);
    const field = { flag: 'g', name: 'fields', content: paxFields({ path: '../x' }) } as const;
    const answers = [
      await scene.publishNpm(
        manifest,
        Buffer.from(
          rawTarball([field, { flag: '0', name: 'package/package.json', content: JSON.stringify(manifest) }]),
        ),
      ),
      await scene.send(
        'POST',
        'pypi',
        uploadForm('escape', '1.0', {
          file: 'escape-1.0.tar.gz',
          bytes: rawTarball([field, { flag: '0', name: 'escape-1.0/PKG-INFO', content: metadataOf('escape', '1.0') }]),
        }),
      ),
    ];
    expect(answers.map(({ status }) => status)).toEqual([422, 400]);
    for (const answer of answers) expect(await answer.text()).toContain('in different ways');
    expect(await scene.count()).toBe(0);
  });
});
