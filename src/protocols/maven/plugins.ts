import { invalidParameter } from '../../lib/errors.ts';

/** A plug-in of a group, with its prefix: `mvn prefix:goal`. */
export interface Plugin {
  name: string;
  prefix: string;
  artifactId: string;
}

/** Prefix of the package properties that hold the plug-ins of a group. */
const PLUGIN = 'plugin:';
const MAX_PLUGINS = 1000;

/**
 * The properties for the plug-ins in uploaded metadata; most have none.
 * @throws PosternError for a plug-in without a valid prefix.
 */
export function pluginProperties(document: Record<string, unknown>): Record<string, string> {
  const list = [field(field(document['metadata'], 'plugins'), 'plugin')].flat().filter((each) => each !== undefined);
  if (list.length > MAX_PLUGINS) throw invalidParameter('plugins is invalid', `At most ${MAX_PLUGINS} are accepted.`);
  return Object.fromEntries(
    list.map((each) => {
      const [artifactId, prefix, name = artifactId] = ['artifactId', 'prefix', 'name'].map((key) => field(each, key));
      if (!isWord(artifactId) || !isWord(prefix) || !isText(name))
        throw invalidParameter('plugins is invalid', 'A plug-in has an artifactId, a prefix and a name.');
      return [`${PLUGIN}${artifactId}`, JSON.stringify({ name, prefix })];
    }),
  );
}

/** The plug-ins in the properties of groups; the first of each prefix. */
export function pluginsIn(groups: readonly ReadonlyMap<string, string>[]): Plugin[] {
  const byPrefix = new Map<string, Plugin>();
  for (const [key, value] of groups.flatMap((properties) => [...properties])) {
    if (!key.startsWith(PLUGIN)) continue;
    const { name, prefix } = JSON.parse(value) as Omit<Plugin, 'artifactId'>;
    if (!byPrefix.has(prefix)) byPrefix.set(prefix, { name, prefix, artifactId: key.slice(PLUGIN.length) });
  }
  return [...byPrefix.values()];
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

const isWord = (value: unknown): value is string => typeof value === 'string' && /^[\w.-]{1,255}$/.test(value);
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 255 && !/[\u0000-\u001f\u007f\ufffe\uffff]/.test(value);
