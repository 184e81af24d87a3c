import { checkWants, NotOurRef } from './fetch-wants.ts';
import { adviceOnDeletion, followFirstBranch, followPush } from './git-head.ts';
import type { GitEnd, GitLauncher, GitProcess } from './git-process.ts';
import type { FetchRequest, GitAnswer, GitRequest, PushRequest } from './git-request.ts';
import { holdReport } from './held-report.ts';
import { pktLine } from './packets.ts';
import { type PipeOptions, pipeClient, plainPipe } from './pipe-client.ts';
import { emptyHead, PushTooLarge, readCommands, refusePush } from './push-commands.ts';
import { createPushNames, type SyncFolder } from './push-durability.ts';
import { answerHooks, type HookReport, type PushHooks, type Verdict } from './push-hooks.ts';
import type { Reachability } from './reachable.ts';
import { describeUpdates } from './ref-updates.ts';
import { sortPush } from './reserved-refs.ts';

export interface ServeOptions extends PipeOptions {
  git: GitLauncher;
  hooks: PushHooks;
  /** Left out: `syncFolder`. */
  sync?: SyncFolder;
  reachability: Reachability;
  /** Called when a push was killed: it may have left the lock of a ref in the repository. */
  suspect?: (repository: string) => void;
}

/** The refs have moved, and a power cut may take them back. */
const NOT_SAVED = 'the server could not save the push to its disk; fetch before you push again';

/** Runs one conversation with a client on a repository. @throws as `pipeClient`. */
export async function serveGit(options: ServeOptions, repository: string, request: GitRequest): Promise<GitAnswer> {
  if (request.mode !== 'advertisement' && request.service === 'receive-pack') {
    await options.hooks.ready();
    return servePush(options, repository, request);
  }
  const child = start(options, repository, request);
  if (request.mode === 'advertisement') return pipeClient(child, { ...pipeOf(options, request), input: null });
  const { git, reachability } = options;
  return pipeClient(child, {
    ...pipeOf(options, request),
    input: checkWants(request.input, (wanted) => reachability.checkWanted(git, repository, wanted)),
    lastWords: (error) => (error instanceof NotOurRef ? Buffer.from(pktLine(`ERR ${error.message}`)) : null),
  });
}

async function servePush(options: ServeOptions, repository: string, request: PushRequest): Promise<GitAnswer> {
  const { push, mode, signal } = request;
  const head = emptyHead();
  const child = start(options, repository, request);
  let state: 'receiving' | 'admitted' | 'ended' = 'receiving';
  const names = createPushNames(repository, options.sync);
  const hooks = answerHooks(child.channel, async (quarantine) => {
    if (state === 'ended' || signal.aborted) return refuse('The client is gone.');
    const { commands, notice, refused } = sortPush(head.commands, head.capabilities.has('atomic'));
    if (refused) return refuse(notice);
    await names.expect(quarantine);
    const refusal = await push.admit(commands);
    if (refusal !== null) return refuse(refusal);
    state = 'admitted';
    await followPush(options.git, repository, commands).catch(reportHead(options));
    const advice = await adviceOnDeletion(repository, commands);
    return { admitted: true, message: [notice, advice].filter(Boolean).join(' ') };
  });
  const saveNames = () =>
    names
      .sync(head.commands.map(({ ref }) => ref))
      .catch((error) => options.report('the names of a push could not be synced to the disk', error));
  const settle = async (end: GitEnd) => {
    if (end.cut) options.suspect?.(repository);
    try {
      const report = await hooks.finally(() => (state === 'admitted' ? saveNames() : undefined));
      options.reachability.forget(repository);
      await push.settle(state === 'admitted' ? await updatesOf(options, repository, report, end) : []);
    } catch (error) {
      options.report('a push could not be settled', error);
      await push.settle(null);
    } finally {
      options.release();
    }
  };
  return pipeClient(child, {
    ...pipeOf(options, request),
    input: readCommands(request.input, head, mode === 'stateless'),
    mayEnd: () => {
      if (state === 'receiving') state = 'ended';
      return state === 'ended';
    },
    settle,
    held: holdReport(head, mode === 'duplex'),
    lastWords: (error) => {
      if (names.failed()) return refusePush(head, NOT_SAVED);
      return error instanceof PushTooLarge ? refusePush(head, error.message) : null;
    },
  });
}

const reportHead =
  ({ report }: Pick<ServeOptions, 'report'>) =>
  (error: unknown) =>
    report('HEAD could not be set to the branch of a push', error);
const refuse = (message: string | null): Verdict => ({ admitted: false, message });

/** The ref updates; null if git was terminated before it could report them. */
async function updatesOf({ git, report }: ServeOptions, repository: string, hook: HookReport, end: GitEnd) {
  await followFirstBranch(git, repository).catch(reportHead({ report }));
  // When no command was carried out the hook is not started.
  const known = hook.complete || (hook.commands.length === 0 && end.code === 0 && !end.cut);
  return known ? describeUpdates(git, repository, hook.commands) : null;
}

function start({ git, hooks }: ServeOptions, repository: string, request: GitRequest): GitProcess {
  const { mode, service, protocol } = request;
  const stateless = mode === 'duplex' ? [] : ['--stateless-rpc'];
  const advertise = mode === 'advertisement' ? ['--http-backend-info-refs'] : [];
  const stderr = mode !== 'advertisement' && request.stderr ? withoutPath(repository, request.stderr) : undefined;
  const pushed = mode !== 'advertisement' && service === 'receive-pack';
  const how = { protocol, stderr, ...(pushed ? { hooks: hooks.folder } : {}) };
  return git.start([service, ...stateless, ...advertise, repository], how);
}

const pipeOf = (options: ServeOptions, { mode, service, signal }: GitRequest) => ({
  ...plainPipe(options, signal),
  duplex: mode === 'duplex',
  name: service,
});

/** A line of git's stderr that is longer is passed on in parts. */
const MAX_LINE = 8192;

/** Passes on whole lines, in which the path of the repository is replaced. */
function withoutPath(repository: string, sink: NonNullable<FetchRequest['stderr']>): (text: string) => void {
  let rest = '';
  return (text) => {
    rest += text;
    const end = rest.length > MAX_LINE ? rest.length : rest.lastIndexOf('\n') + 1;
    if (end > 0) sink(rest.slice(0, end).replaceAll(repository, 'repository'));
    rest = rest.slice(end);
  };
}
