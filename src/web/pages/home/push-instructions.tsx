/** @jsxImportSource hono/jsx */
import type { Snippet } from '../../../http/setup.ts';
import { SnippetBlock } from '../../views/copy-field.tsx';

interface PushInstructionsProps {
  url: string;
  /** The folder that git clones into. */
  path: string;
  branch: string;
}

/** Instructions for an empty repository: ready-to-copy commands with its address. */
export function PushInstructions({ url, path, branch }: PushInstructionsProps) {
  const snippets: Snippet[] = [
    {
      title: 'Start with an empty folder',
      language: 'sh',
      text: [
        `git clone ${url}`,
        `cd ${path}`,
        `git switch --create ${branch}`,
        'echo "# Read me" > README.md',
        'git add README.md',
        'git commit --message "Begin"',
        `git push --set-upstream origin ${branch}`,
      ].join('\n'),
    },
    {
      title: 'Push an existing repository',
      language: 'sh',
      text: [`git remote add origin ${url}`, 'git push --set-upstream origin --all', 'git push origin --tags'].join(
        '\n',
      ),
    },
  ];
  return (
    <section class="card stack" aria-labelledby="empty">
      <h2 id="empty">The repository is empty</h2>
      <p class="soft">
        Git asks for a user name and a password: enter yours, or use a personal access token with{' '}
        <code>write_repository</code> as the password.
      </p>
      {snippets.map((snippet, i) => (
        <SnippetBlock id={`push-${i}`} snippet={snippet} />
      ))}
    </section>
  );
}
