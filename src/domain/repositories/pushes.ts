import type { GitAnswer, PushRequest as GitPushRequest, PushListener } from '../../store/git/git-request.ts';
import type { RefUpdate } from '../../store/git/ref-updates.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import type { PushJournal } from './push-journal.ts';
import type { OpenPush } from './push-rows.ts';

/** One conversation with a git client that pushes. */
export type PushRequest = Omit<GitPushRequest, 'push' | 'service'>;

/** The pusher, with the confirmation of the permission. */
export interface Pusher extends Pick<Authorised, 'author' | 'confirm'> {
  /** The sentence that git shows to the pusher for an error of `confirm` or the domain; null: the error is a fault. */
  refusalOf(error: unknown): string | null;
}

export interface Push extends GitAnswer {
  /**
   * The ref updates of the push, after they are in the journal and before the response ends. Empty
   * when nothing was done, and also when it could not be written yet: `recoverPushes` writes it then.
   */
  updates: Promise<RefUpdate[]>;
}

/**
 * Receives pushes. Each that changes refs is in the journal and in the audit log, with its author. A push is confirmed
 * when all of it has arrived, at the last moment before its refs move.
 */
export function createPushes(
  { git, report }: Pick<Deps, 'git' | 'report'>,
  journal: PushJournal,
  requestMaintenance: (projectId: number) => Promise<void>,
) {
  /** @throws as `GitStore.serve`. */
  return async (project: Project, { author, confirm, refusalOf }: Pusher, request: PushRequest): Promise<Push> => {
    const updates = Promise.withResolvers<RefUpdate[]>();
    let open: OpenPush | undefined;
    const push: PushListener = {
      async admit(commands) {
        try {
          open = await journal.open({ project, by: author, commands }, confirm);
          return null;
        } catch (error) {
          const refusal = refusalOf(error);
          if (refusal !== null) return refusal;
          report('a push could not be written to the journal', error);
          return 'The server cannot write to its database. Try again later.';
        }
      },
      async settle(done) {
        try {
          updates.resolve(open ? await journal.settle(open, done) : []);
        } catch (error) {
          report('the updates of a push could not be written to the journal; they are recovered later', error);
          updates.resolve([]);
        }
        await requestMaintenance(project.id);
      },
    };
    const answer = await git.serve(project.id, { ...request, service: 'receive-pack', push });
    return { ...answer, updates: updates.promise };
  };
}
