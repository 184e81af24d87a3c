import { expect, test } from 'bun:test';
import { type FileSystem, whyNoCut } from '../soak/cut-disk.ts';
import { powercutSoak, powercutSummary } from '../soak/powercut-soak.ts';

const why = await whyNoCut();

for (const fileSystem of ['ext4', 'xfs'] satisfies FileSystem[]) {
  const title = `a server whose power is cut on ${fileSystem} has everything that it acknowledged`;
  test.skipIf(why !== null)(
    why === null ? title : `${title} (no disk can be cut here: ${why})`,
    async () => {
      const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
      const figures = await powercutSoak({ fileSystem, engine: 'postgres', cuts: 2, seed });
      console.log(powercutSummary(figures));
      expect(figures.problems).toEqual([]);
      expect(figures.verified).toBeGreaterThan(0);
    },
    240_000,
  );
}
