import type { TestClient } from '../../test/support/client.ts';

const COMMITS = 300;
const BYTES = 30_000_000;

/**
 * Makes a repository of 300 commits and 30 MB in a client's working folder, the same every time: half of each commit is
 * text that deltas well, as source does, and the rest is noise that does not compress, as images do not.
 * @returns its folder.
 */
export async function makeSampleRepository(client: TestClient, name: string): Promise<string> {
  const folder = client.path(name);
  await client.ok(['git', 'init', '--quiet', '--initial-branch=main', folder]);
  await client.ok(['git', '-C', folder, 'fast-import', '--quiet'], {
    stdin: await stream().bytes(),
    timeoutSeconds: 120,
  });
  return folder;
}

function stream(): Blob {
  const parts: (string | Uint8Array<ArrayBuffer>)[] = [];
  const noise = pseudoRandom(7);
  for (let i = 1; i <= COMMITS; i++) {
    const message = `Change ${i}\n`;
    const binary = noise(BYTES / COMMITS);
    const text = Array.from({ length: 400 }, (_, line) => `line ${line} was last changed in ${i - (line % 50)}\n`).join(
      '',
    );
    parts.push(`commit refs/heads/main\ncommitter A. Maintainer <maintainer@example.com> ${1_700_000_000 + i} +0000\n`);
    parts.push(`data ${message.length}\n${message}`);
    parts.push(`M 100644 inline assets/${i % 60}.bin\ndata ${binary.length}\n`, binary, '\n');
    parts.push(`M 100644 inline src/module${i % 40}.txt\ndata ${text.length}\n${text}\n`);
  }
  return new Blob(parts);
}

/** The same bytes in every run. xorshift32. */
function pseudoRandom(seed: number): (length: number) => Uint8Array<ArrayBuffer> {
  let state = seed;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      bytes[i] = state & 0xff;
    }
    return bytes;
  };
}
