import { followFirstBranch, followPush } from './git-head.ts';
import type { GitEnd, GitLauncher, GitProcess } from './git-process.ts';
import type { FetchRequest, GitAnswer, GitRequest, PushRequest } from './git-request.ts';
import { holdReport } from './held-report.ts';
import { type PipeOptions, pipeClient, plainPipe } from './pipe-client.ts';
import { emptyHead, PushTooLarge, readCommands, refusePush } from './push-commands.ts';
import { createPushNames, type SyncFolder } from './push-durability.ts';
import { answerHooks, type HookReport, type PushHooks } from './push-hooks.ts';
import { describeUpdates } from './ref-updates.ts';

export interface ServeOptions extends PipeOptions {
  git: GitLauncher;
  hooks: PushHooks;
  /** Left out: `syncFolder`. */
  sync?: SyncFolder;
}

/** The refs have moved, and a power cut may take them back. */
const NOT_SAVED = 'the server could not save the push to its disk; fetch before you push again';

/** Runs one conversation with a client on a repository. @throws as `pipeClient`. */
export async function serveGit(options: ServeOptions, repository: string, request: GitRequest): Promise<GitAnswer> {
  if (request.mode !== 'advertisement' && request.service === 'receive-pack') {
    await options.hooks.ready();
    return servePush(options, repository, request);
  }
  const input = request.mode === 'advertisement' ? null : request.input;
  const child = start(options, repository, request);
  return pipeClient(child, { ...pipeOf(options, request), input });
}

async function servePush(options: ServeOptions, repository: string, request: PushRequest): Promise<GitAnswer> {
  const { push, mode, signal } = request;
  const head = emptyHead();
  const child = start(options, repository, request);
  let state: 'receiving' | 'admitted' | 'ended' = 'receiving';
  const names = createPushNames(repository, options.sync);
  const hooks = answerHooks(child.channel, async (quarantine) => {
    if (state === 'ended' || signal.aborted) return 'The client is gone.';
    await names.expect(quarantine);
    const refusal = await push.admit(head.commands);
    if (refusal !== null) return refusal;
    state = 'admitted';
    await followPush(options.git, repository, head.commands).catch(reportHead(options));
    return null;
  });
  const saveNames = () =>
    names
      .sync(head.commands.map(({ ref }) => ref))
      .catch((error) => options.report('the names of a push could not be synced to the disk', error));
  const settle = async (end: GitEnd) => {
    try {
      const report = await hooks.finally(() => (state === 'admitted' ? saveNames() : undefined));
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
