import type { DeployTokenActor } from '../src/authz/actor.ts';
import { decide } from '../src/authz/decide.ts';
import type { Facts } from '../src/domain/access/facts.ts';
import type { Group } from '../src/domain/groups/groups.ts';
import { MAX_DEPTH } from '../src/domain/paths.ts';
import { inspectToken } from '../src/lib/token-format.ts';
import { startApp, type TestApp } from '../test/support/app.ts';
import { about } from '../test/support/decision-facts.ts';
import type { Benchmark, Figure } from './support/benchmark.ts';
import { figures, interleaved, median, medianRatio } from './support/statistics.ts';

const ROUNDS = 15;
const DECISIONS = 200_000;
const LOOKUPS = 5000;

export const reach: Benchmark = {
  name: 'reach',
  title: `Whether a token reaches a project, ${MAX_DEPTH} groups deep and one deep`,
  method:
    `A token of the outermost group asks to read the code. \`decide\` on facts read from the database, ${ROUNDS} rounds of ${DECISIONS} decisions; ` +
    `and for information \`services.access.project(path)\`, which reads those facts from SQLite, ${ROUNDS} rounds of ${LOOKUPS}. In turns; medians of the rounds.`,
  columns: [`${MAX_DEPTH} deep`, '1 deep'],

  async run(say) {
    await using app = await startApp('sqlite');
    const deep = await scene(app, MAX_DEPTH);
    const shallow = await scene(app, 1);
    const pure = await compare(DECISIONS, deep.decide, shallow.decide);
    say(`decided: ${pure.ratio.toFixed(3)}`);
    const looked = await compare(LOOKUPS, deep.lookUp, shallow.lookUp);
    say(`looked up: ${looked.ratio.toFixed(3)}`);
    const figure = (what: string, { a, b, ratio }: typeof pure, unit: string, scale: number): Figure => ({
      what,
      ours: figures(a * scale, unit),
      other: figures(b * scale, unit),
      ratio,
      target: '',
      met: null,
    });
    return [
      { ...figure('decision', pure, 'ns', 1), target: 'at most 1.1', met: pure.ratio <= 1.1 },
      figure('facts read', looked, 'µs', 0.001),
    ];
  },
};

/** A project so deep, and a token of the outermost of its groups. */
async function scene(app: TestApp, depth: number) {
  const top = await app.seed.group();
  let group: Group = top;
  for (let level = 1; level < depth; level++) group = await app.seed.group(group);
  const project = await app.seed.project(group);
  const { secret } = await app.seed.deployToken(top);
  const check = await app.services.deployTokens.check(inspectToken(secret));
  if (check.outcome !== 'active') throw new Error(`the token is ${check.outcome}`);
  const actor: DeployTokenActor = {
    kind: 'deployToken',
    token: check.token,
    scopes: check.token.scopes,
    state: 'active',
  };
  const facts: Facts = await app.services.access.project(project.full_path, null);
  return {
    decide() {
      if (!decide(actor, 'download_code', about(facts)).allow) throw new Error('the token does not reach its project');
    },
    async lookUp() {
      const { on } = await app.services.access.project(project.full_path, null);
      if (on !== 'project') throw new Error('the project is not there');
    },
  };
}

/** @returns nanoseconds for one, medians of the rounds, and the median ratio. */
async function compare(times: number, first: () => unknown, second: () => unknown) {
  const timed = (work: () => unknown) => async () => {
    const begin = Bun.nanoseconds();
    for (let i = 0; i < times; i++) {
      const result = work();
      if (result instanceof Promise) await result;
    }
    return (Bun.nanoseconds() - begin) / times;
  };
  await interleaved(3, timed(first), timed(second));
  const [a, b] = await interleaved(ROUNDS, timed(first), timed(second));
  return { a: median(a), b: median(b), ratio: medianRatio(a, b) };
}
