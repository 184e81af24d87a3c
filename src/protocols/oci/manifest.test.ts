import { expect, test } from 'bun:test';
import { parseManifest } from './manifest.ts';

/** How long the processor works, in microseconds: whatever else the machine does is not in it. */
function workOf(run: () => void): number {
  const before = process.cpuUsage();
  for (let times = 0; times < 3; times++) run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

for (const [name, part] of [
  ['layers', '{}'],
  ['blobs', '1'],
  ['manifests', '[]'],
])
  test(`a manifest of a million wrong ${name} costs little more than to read its JSON`, () => {
    const text = `{"${name}":[${`${part},`.repeat(1_300_000)}${part}]}`;
    const bytes = Buffer.from(text);
    const toRead = workOf(() => JSON.parse(text));
    const toRefuse = workOf(() => expect(() => parseManifest(bytes, null)).toThrow(`malformed at ${name}.0`));
    expect(toRefuse).toBeLessThan(10 * toRead);
  });
