/** @jsxImportSource hono/jsx */
import { Markdown, PlainText } from '../../views/markdown.tsx';

/** A README, rendered when it is Markdown. @param text null: it is too long to show, or no text. */
export function Readme({ name, text }: { name: string; text: string | null }) {
  return (
    <section class="card stack readme" aria-labelledby="readme">
      <h2 id="readme">{name}</h2>
      {text === null ? (
        <p class="soft">The file is too long to be shown, or is not text.</p>
      ) : (
        <Text name={name} text={text} />
      )}
    </section>
  );
}

const Text = ({ name, text }: { name: string; text: string }) =>
  /\.(md|markdown)$/i.test(name) ? <Markdown text={text} level={3} /> : <PlainText text={text} />;
