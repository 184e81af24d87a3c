interface PushedRef {
  ref: string;
  old: string | null;
  new: string | null;
  forced: boolean;
}

const VERBS = ['created', 'updated', 'force-pushed', 'deleted'] as const;

/** The changes that a push made to the refs named in its event: `created main, deleted v1 and 3 more refs`. */
export function pushSentence(details: Readonly<Record<string, unknown>>): string {
  const refs = (Array.isArray(details['refs']) ? details['refs'] : []) as PushedRef[];
  const byVerb = Map.groupBy(refs, verbOf);
  const parts = VERBS.flatMap((verb) => {
    const some = byVerb.get(verb);
    return some ? [`${verb} ${some.map(({ ref }) => shortName(ref)).join(', ')}`] : [];
  });
  const { count } = details;
  const others = typeof count === 'number' ? ` and ${count - refs.length} more refs` : '';
  return `${parts.join('; ')}${others}`;
}

function verbOf(update: PushedRef): (typeof VERBS)[number] {
  if (update.old === null) return 'created';
  if (update.new === null) return 'deleted';
  return update.forced ? 'force-pushed' : 'updated';
}

/** As git shows it: a branch by its name, everything else so that it cannot be taken for a branch. */
const shortName = (ref: string) =>
  ref
    .replace(/^refs\/heads\//, '')
    .replace(/^refs\/tags\//, 'tag ')
    .replace(/^refs\//, '');
