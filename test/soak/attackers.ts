/**
 * A process that attacks a server of this machine: every attack of `attacks.ts` at once, until its input ends. It
 * prints a line when it begins, and then the statuses that each attack was answered with.
 * @see hostileSoak
 */
import { ATTACKS, type Attack, type Fire, type Victim } from './attacks.ts';

const victim = JSON.parse(process.argv[2] ?? '') as Victim & { target: string };
const counts: Record<string, Record<string, number>> = {};
let stopped = false;

/** Repeats one attack from an address of its own, which the server takes from the header of a trusted proxy. */
async function attacker({ name, pauseMs, run }: Attack, address: string): Promise<void> {
  const statuses = counts[name] ?? {};
  counts[name] = statuses;
  const count = (status: number) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    return status;
  };
  const fire: Fire = async (method, path, init = {}) => {
    const headers = { ...(init.headers as Record<string, string>), 'X-Forwarded-For': address };
    try {
      const answer = await fetch(victim.url + path, { ...init, method, headers, signal: AbortSignal.timeout(60_000) });
      await answer.arrayBuffer();
      return count(answer.status);
    } catch {
      return count(0);
    }
  };
  while (!stopped) {
    await run(fire, victim);
    await Bun.sleep(pauseMs);
  }
}

const all = ATTACKS.filter(({ name }) => name.includes(victim.target)).flatMap((attack, at) =>
  Array.from({ length: attack.atOnce }, (_, i) => attacker(attack, `10.${at}.0.${i + 1}`)),
);
if (all.length === 0) throw new Error(`no attack is named ${victim.target}`);
console.log('the attack begins');
for await (const _ of process.stdin);
stopped = true;
// The slowest takes some seconds to end.
await Promise.race([Promise.all(all), Bun.sleep(30_000)]);
console.log(JSON.stringify(counts));
process.exit(0);
