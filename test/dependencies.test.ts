import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { ROOT } from './support/source-tree.ts';

interface Entry {
  optionalDependencies?: Record<string, string>;
}

const manifest = await Bun.file(join(ROOT, 'package.json')).json();
const lock: { packages: Record<string, Entry> } = await Bun.file(join(ROOT, 'package-lock.json')).json();

test('every package is pinned to one version', () => {
  const wanted: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };
  expect(Object.entries(wanted).filter(([, version]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

// npm leaves a package for another platform out of the lock file when the registry has it not, and then `npm ci`
// refuses the lock file on every fresh machine. An existing installation does not show it.
test('the lock file has every platform of every package, so that npm ci takes it', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        (name) => !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
      )
      .map((name) => `${path} -> ${name}`),
  );
  expect(missing).toEqual([]);
});
