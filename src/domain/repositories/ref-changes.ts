import { notFound, PosternError, ruleBroken } from '../../lib/errors.ts';
import { type RefKind, refName } from '../../store/git/git-refs.ts';
import type { RefCommand } from '../../store/git/push-commands.ts';
import { isRefName } from '../../store/git/ref-changes.ts';
import { findUser } from '../../store/tables/users.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import type { PushJournal } from './push-journal.ts';

/** A branch that is yet to be made. */
export interface NewBranch {
  name: string;
  /** A branch, a tag or a commit id. */
  from: string;
}

/** A tag that is yet to be made. */
export interface NewTag extends NewBranch {
  /** Of an annotated tag; empty: the tag is a ref alone. */
  message: string;
}

type RefChangeDeps = Pick<Deps, 'db' | 'git' | 'clock' | 'report'>;

/**
 * Creates and deletes branches and tags without a push. Each change goes the way of a push: it is confirmed and written
 * to the journal as pending, the ref is changed on the disk, and its update and audit event are written.
 */
export function createRefChanges(
  { db, git, clock, report }: RefChangeDeps,
  journal: PushJournal,
  requestMaintenance: (projectId: number) => Promise<void>,
) {
  const change = async (project: Project, command: RefCommand, { author, confirm }: Authorised): Promise<void> => {
    const open = await journal.open({ project, by: author, commands: [command] }, confirm);
    const settle = async (done: Parameters<PushJournal['settle']>[1]) => {
      try {
        await journal.settle(open, done);
      } catch (error) {
        report('the change of a ref could not be written to the journal; it is recovered later', error);
      }
    };
    try {
      await git.changeRef(project.id, command);
    } catch (error) {
      // A git that was ended, or a disk that failed, may have changed the ref.
      await settle(error instanceof PosternError && error.kind !== 'unavailable' ? [] : null);
      throw error;
    }
    await settle([{ ...command, forced: false }]);
    await requestMaintenance(project.id);
  };

  const commitFor = async (project: Project, from: string): Promise<string | null> =>
    from === '' ? null : git.commitOf(project.id, from);

  const destroy = async (project: Project, kind: RefKind, name: string, by: Authorised): Promise<void> => {
    const found = await git.ref(project.id, kind, name);
    if (!found) throw notFound(kind === 'branches' ? 'branch' : 'git tag');
    await change(project, { ref: refName(kind, name), old: found.target, new: null }, by);
  };

  /** An annotated tag names the user as its author. @returns the id of its object. */
  const writeTag = async (project: Project, { name, message }: NewTag, commit: string, userId: number | null) => {
    const user = userId === null ? undefined : await findUser(db, userId);
    const tagger = { name: user?.name ?? 'Postern', email: user?.email ?? '' };
    return git.writeTag(project.id, { name, commit, message, tagger, at: clock() });
  };

  return {
    /** @throws PosternError `invalid` for a name that is taken or impossible, and for a missing commit. */
    async createBranch(project: Project, { name, from }: NewBranch, by: Authorised): Promise<void> {
      if (!isRefName(name)) throw ruleBroken('Branch name is invalid', 'branch');
      if (await git.ref(project.id, 'branches', name)) throw ruleBroken('Branch already exists', 'branch');
      const commit = await commitFor(project, from);
      if (commit === null)
        throw ruleBroken(`Failed to create branch '${name}': invalid reference name '${from}'`, 'branch');
      await change(project, { ref: refName('branches', name), old: null, new: commit }, by);
    },
    /** @throws PosternError `not_found`; `invalid` for the default branch. */
    deleteBranch: (project: Project, name: string, by: Authorised) => destroy(project, 'branches', name, by),
    /** @throws PosternError `invalid` for a name that is taken or impossible, and for a missing commit. */
    async createTag(project: Project, request: NewTag, by: Authorised): Promise<void> {
      const { name, from, message } = request;
      if (!isRefName(name)) throw ruleBroken('Tag name invalid', 'tag');
      if (await git.ref(project.id, 'tags', name)) throw ruleBroken(`Tag ${name} already exists`, 'tag');
      const commit = await commitFor(project, from);
      if (commit === null) throw ruleBroken(`Target ${from} is invalid`, 'tag');
      const target = message.trim() === '' ? commit : await writeTag(project, request, commit, by.userId);
      await change(project, { ref: refName('tags', name), old: null, new: target }, by);
    },
    /** @throws PosternError `not_found`. */
    deleteTag: (project: Project, name: string, by: Authorised) => destroy(project, 'tags', name, by),
  };
}
