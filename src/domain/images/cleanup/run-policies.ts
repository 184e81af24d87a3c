import { PosternError } from '../../../lib/errors.ts';
import { parsePeriod } from '../../../lib/period.ts';
import {
  type CleanupPolicyRow,
  isPolicyInForce,
  listDuePolicies,
  schedulePolicy,
} from '../../../store/tables/cleanup-policies.ts';
import { listProjectImages } from '../../../store/tables/image-repositories.ts';
import { findProject } from '../../../store/tables/projects.ts';
import type { Authorised } from '../../access/confirm.ts';
import { SYSTEM } from '../../audit/author.ts';
import type { Deps } from '../../deps.ts';
import { type CleanupPolicy, toCleanupPolicy } from '../../projects/cleanup-policy.ts';
import type { Project } from '../../projects/projects.ts';
import type { ImageRepository } from '../repositories.ts';
import { type TagSelection, toTagSelection } from '../tag-selection.ts';
import type { ImageTags } from '../tags.ts';

/** The result of a run. */
export interface PoliciesRun {
  /** How many policies ran to their end, and how many tags they deleted. */
  policies: number;
  deleted: number;
  /** How many images were left out because their tags could not be selected. */
  failures: number;
}

/** How many tags a policy would delete now, of how many. */
export interface CleanupPreview {
  images: number;
  tags: number;
  deleted: number;
}

export type CleanupPolicies = ReturnType<typeof createCleanupPolicies>;

/** How many policies one run covers; the others wait for the next one. */
const MAX_POLICIES = 100;

/** How many images are read at once. */
const IMAGES = 100;

/** How many images a preview covers. */
const MAX_PREVIEWED = 1000;

/** Ends the run of a policy that was changed, or whose project was archived or deleted, in the meantime. */
class PolicyEnded extends Error {
  override readonly name = 'PolicyEnded';
}

/** The cleanup policies of projects: what they delete, and when. */
export function createCleanupPolicies(
  { db, databaseTime, report }: Pick<Deps, 'db' | 'databaseTime' | 'report'>,
  tags: ImageTags,
) {
  /** The program itself deletes for a policy, as long as the policy is in force. */
  const byPolicy = (policy: CleanupPolicyRow): Authorised => ({
    author: SYSTEM,
    userId: null,
    async confirm(trx) {
      if (!(await isPolicyInForce(trx, policy))) throw new PolicyEnded();
    },
  });

  const runPolicy = async (policy: CleanupPolicyRow, result: PoliciesRun, signal: AbortSignal): Promise<void> => {
    const project = await findProject(db, policy.project_id);
    if (!project) return;
    const selection = await selectionOf(toCleanupPolicy(policy));
    for await (const image of imagesOf(project)) {
      signal.throwIfAborted();
      try {
        result.deleted += selection ? await tags.destroySelected(project, image, selection, byPolicy(policy)) : 0;
      } catch (error) {
        if (!(error instanceof PosternError)) throw error;
        // Others match patterns or hold locks: the policy stays due.
        if (error.kind === 'unavailable') return;
        // Its patterns take too long. They are tried again at its next time.
        result.failures += 1;
        report('the tags of an image could not be selected by its cleanup policy', error);
      }
    }
    await schedulePolicy(db, policy, (await databaseTime()) + parsePeriod('cadence', policy.cadence));
  };

  async function* imagesOf(project: Project): AsyncIterable<ImageRepository> {
    for (let page = 1; ; page++) {
      const { items } = await listProjectImages(db, project.id, { page, perPage: IMAGES });
      yield* items;
      if (items.length < IMAGES) return;
    }
  }

  return {
    /**
     * Runs the policies that are due, a bounded number of them. A policy whose run is interrupted stays due.
     * @param signal ends the run between two images.
     */
    async runDue(signal: AbortSignal): Promise<PoliciesRun> {
      const result = { policies: 0, deleted: 0, failures: 0 };
      for (const policy of await listDuePolicies(db, await databaseTime(), MAX_POLICIES)) {
        signal.throwIfAborted();
        try {
          await runPolicy(policy, result, signal);
          result.policies += 1;
        } catch (error) {
          if (!(error instanceof PolicyEnded)) throw error;
        }
      }
      return result;
    },

    /**
     * Counts the tags that a policy would delete now, whether it is enabled or not; of the first images of a project.
     * @throws PosternError as `destroySelected` of tags does.
     */
    async preview(project: Project, policy: CleanupPolicy): Promise<CleanupPreview> {
      const selection = await selectionOf(policy);
      const preview = { images: 0, tags: 0, deleted: 0 };
      for await (const image of imagesOf(project)) {
        if (preview.images === MAX_PREVIEWED) break;
        preview.images += 1;
        preview.tags += Number(image.tags_count);
        preview.deleted += selection ? await tags.countSelected(image, selection) : 0;
      }
      return preview;
    },
  };
}

/** Null: the policy has no pattern for the tags to delete. */
const selectionOf = async ({ nameRegex, ...rules }: CleanupPolicy): Promise<TagSelection | null> =>
  nameRegex ? toTagSelection({ nameRegex, ...rules }) : null;
