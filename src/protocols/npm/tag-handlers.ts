import { TAG } from '../../domain/packages/tags.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { readBody } from '../../http/read-body.ts';
import { standingOf } from '../../http/standing.ts';
import { invalidParameter, notFound } from '../../lib/errors.ts';
import { parseName, parseTag } from './format.ts';
import type { Lookup, ScopeExchange } from './lookup.ts';
import { packumentMaker } from './read-handlers.ts';

export function createTagHandlers({ packages }: Services, links: Links, { find }: Lookup) {
  /** The package that a tag is set on: what may be read by a group or by name alone must be asked about as well. */
  const target = async (exchange: ScopeExchange, permission: 'create_package' | 'destroy_package') => {
    const [first] = await find(exchange, parseName(exchange.params['package'] ?? ''));
    exchange.requireOn(first.facts, permission);
    return { found: first.package, level: standingOf({ ...exchange, facts: first.facts }) };
  };

  return {
    async setTag(exchange: ScopeExchange): Promise<Response> {
      const { found, level } = await target(exchange, 'create_package');
      const tag = parseTag(exchange.params['tag'] ?? '');
      const version = await versionIn(exchange.request);
      const set = { [`${TAG}${tag}`]: version };
      await packages.change.properties(
        found,
        ({ versions }) => {
          if (!versions.some((each) => each.version === version)) throw notFound('package version');
          return set;
        },
        { level },
        packumentMaker(links),
      );
      return new Response(null, { status: 204 });
    },

    async removeTag(exchange: ScopeExchange): Promise<Response> {
      const { found, level } = await target(exchange, 'destroy_package');
      const key = `${TAG}${parseTag(exchange.params['tag'] ?? '')}`;
      await packages.change.properties(
        found,
        ({ properties }) => {
          if (!properties.has(key)) throw notFound('package tag');
          return { [key]: null };
        },
        { level },
        packumentMaker(links),
      );
      return new Response(null, { status: 204 });
    },
  };
}

/** npm sends a JSON string; scripts written for GitLab, which strips quotes, may send it bare. */
async function versionIn(request: Request): Promise<string> {
  const text = (await readBody(request, 1024)).toString('utf8').trim();
  const version = text.replace(/^"(.*)"$/, '$1');
  if (version === '') throw invalidParameter('Version is empty.');
  return version;
}
