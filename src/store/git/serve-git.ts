import { followFirstBranch } from './git-head.ts';
import type { GitEnd, GitLauncher, GitProcess } from './git-process.ts';
import type { FetchRequest, GitAnswer, GitRequest, PushRequest } from './git-request.ts';
import { type PipeOptions, pipeClient, plainPipe } from './pipe-client.ts';
import { emptyHead, PushTooLarge, readCommands, refusePush } from './push-commands.ts';
import { answerHooks, type HookReport, type PushHooks } from './push-hooks.ts';
import { describeUpdates } from './ref-updates.ts';

export interface ServeOptions extends PipeOptions {
  git: GitLauncher;
  hooks: PushHooks;
}

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
  const hooks = answerHooks(child.channel, async () => {
    if (state === 'ended' || signal.aborted) return 'The client is gone.';
    const refusal = await push.admit(head.commands);
    if (refusal === null) state = 'admitted';
    return refusal;
  });
  const settle = async (end: GitEnd) => {
    try {
      const report = await hooks;
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
    lastWords: (error) => (error instanceof PushTooLarge ? refusePush(head, error.message) : null),
  });
}

/** The ref updates; null if git was terminated before it could report them. */
async function updatesOf({ git, report }: ServeOptions, repository: string, hook: HookReport, end: GitEnd) {
  await followFirstBranch(git, repository).catch((error) => report('HEAD could not be set after a push', error));
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
