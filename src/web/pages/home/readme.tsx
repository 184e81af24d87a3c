/** @jsxImportSource hono/jsx */
import { Markdown, PlainText } from '../../views/markdown.tsx';

/** A README, rendered when it is Markdown. @param text null: it is too long to show, or no text. */
export function Readme({ name, text }: { name: string; text: string | null }) {
  return (
    <section class="card stack readme" aria-labelledby="readme">
      <h2 id="readme">{name}</h2>
      {text === null ? (
        <p class="soft">It is too long to be shown here, or not a text.</p>
      ) : (
        <Text name={name} text={text} />
      )}
    </section>
  );
}

const Text = ({ name, text }: { name: string; text: string }) =>
  /\.(md|markdown)$/i.test(name) ? <Markdown text={text} level={3} /> : <PlainText text={text} />;
