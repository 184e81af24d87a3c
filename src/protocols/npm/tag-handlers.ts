import type { Permission } from '../../authz/permissions.ts';
import type { PackageContents } from '../../domain/packages/contents.ts';
import type { Services } from '../../domain/services.ts';
import { readBody } from '../../http/bodies/read-body.ts';
import type { LevelContext } from '../../http/packages/at-each-level.ts';
import type { PackageLookup } from '../../http/packages/package-lookup.ts';
import type { Found } from '../../http/packages/readable-packages.ts';
import { invalidParameter, notFound } from '../../lib/errors.ts';
import { parseName, parseTag, publishedAs } from './format.ts';
import { TAG, TAGGED } from './tags.ts';

/** A package and its contents. */
interface Looked extends Found {
  contents: PackageContents;
}

/**
 * Reads, sets and removes tags: in a project; and below a group, or by name alone, in each project that has the package
 * and that the actor may write to.
 */
export function createTagHandlers({ packages }: Services, { find }: PackageLookup) {
  const look = async (context: LevelContext): Promise<[Looked, ...Looked[]]> => {
    const one = async (found: Found) => ({ ...found, contents: await packages.contents(found.package) });
    const [first, ...others] = await find(context, parseName(context.params['package'] ?? ''));
    return [await one(first), ...(await Promise.all(others.map(one)))];
  };

  const change = (
    context: LevelContext,
    { package: found, facts }: Found,
    permission: Permission,
    work: Parameters<typeof packages.change.properties>[2],
  ) => {
    const { author, userId } = context;
    const by = { author, userId, confirm: context.confirmOn(facts, permission) };
    return packages.change.properties(facts.project, found, work, by);
  };

  return {
    /** Where several packages have the version, the tag is set in the one that got it last. */
    async setTag(context: LevelContext): Promise<Response> {
      const tag = parseTag(context.params['tag'] ?? '');
      const all = permitted(context, await look(context), 'create_package');
      const wanted = await versionIn(context.request);
      const version = publishedAs(
        all.flatMap(({ contents }) => contents.versions),
        wanted,
      );
      const [target] = all
        .flatMap((each) => {
          const at = publishedAt(each.contents, version);
          return at === undefined ? [] : { ...each, at };
        })
        .sort((a, b) => b.at - a.at);
      if (!target) throw notFound('package version');
      await change(context, target, 'create_package', (now) => {
        if (publishedAt(now, version) === undefined) throw notFound('package version');
        const details = { tag, from: now.properties.get(`${TAG}${tag}`) ?? null, to: version };
        return {
          properties: { [`${TAG}${tag}`]: version, [`${TAGGED}${tag}`]: String(now.package.updated_at) },
          notes: [{ action: 'package_registry_package_tag_set', details }],
        };
      });
      return new Response(null, { status: 204 });
    },

    /**
     * Removes the tag from every package that has it and that the actor may write to, so that no older value appears.
     */
    async removeTag(context: LevelContext): Promise<Response> {
      const tag = parseTag(context.params['tag'] ?? '');
      const isSet = ({ properties }: PackageContents) => properties.has(`${TAG}${tag}`);
      const looked = await look(context);
      const having = looked.filter(({ contents }) => isSet(contents));
      const [first = looked[0], ...others] = having;
      const all = permitted(context, [first, ...others], 'withdraw_package');
      if (having.length === 0) throw notFound('package tag');
      for (const each of all)
        await change(context, each, 'withdraw_package', (now) => {
          if (!isSet(now)) throw notFound('package tag');
          return {
            properties: { [`${TAG}${tag}`]: null, [`${TAGGED}${tag}`]: null },
            notes: [
              {
                action: 'package_registry_package_tag_removed',
                details: { tag, from: now.properties.get(`${TAG}${tag}`) ?? null },
              },
            ],
          };
        });
      return new Response(null, { status: 204 });
    },
  };
}

/** The packages that the actor may change. @throws Denied when there are none. */
function permitted(context: LevelContext, all: readonly [Looked, ...Looked[]], permission: Permission): Looked[] {
  const may = all.filter(({ facts }) => context.permitOn(facts, permission).allow);
  if (may.length === 0) context.requireOn(all[0].facts, permission);
  return may;
}

const publishedAt = ({ versions }: PackageContents, wanted: string) =>
  versions.find(({ version }) => version === wanted)?.createdAt;

/** npm sends a JSON string; scripts written for GitLab, which strips quotes, may send it without them. */
async function versionIn(request: Request): Promise<string> {
  const text = (await readBody(request, 1024)).toString('utf8').trim();
  const version = text.replace(/^"(.*)"$/, '$1');
  if (version === '') throw invalidParameter('Version is empty.');
  return version;
}
