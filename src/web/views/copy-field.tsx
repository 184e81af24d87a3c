/** @jsxImportSource hono/jsx */
import type { Snippet } from '../../http/setup.ts';

interface CopyFieldProps {
  id: string;
  label: string;
  value: string;
}

/** A value to take away: selected whole when one goes in, copied by a button where there is a script. */
export function CopyField({ id, label, value }: CopyFieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="copy-field">
        <input class="input" id={id} value={value} readonly spellcheck={false} autocomplete="off" />
        <CopyButton target={id} label={label} />
      </div>
    </div>
  );
}

/** Lines for a shell or a file. */
export function SnippetBlock({ id, snippet }: { id: string; snippet: Snippet }) {
  const { title, file, text, untested } = snippet;
  return (
    <figure class="snippet">
      <figcaption>
        {title}
        {file === undefined ? null : (
          <>
            {' · '}
            <code>{file}</code>
          </>
        )}
        {untested === undefined ? null : ` · Not tested: ${untested}`}
      </figcaption>
      <div class="snippet-lines">
        <pre id={id} tabindex={0}>
          {text}
        </pre>
        <CopyButton target={id} label={title} small />
      </div>
    </figure>
  );
}

/** Of no use without a script, which brings it out. */
export function CopyButton({ target, label, small = false }: { target: string; label: string; small?: boolean }) {
  return (
    <button class={small ? 'button button-small' : 'button'} type="button" data-copy={target} hidden>
      Copy<span class="unseen"> {label}</span>
    </button>
  );
}
