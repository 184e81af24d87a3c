/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import MarkdownIt, { type Token } from 'markdown-it';

/**
 * Longer or more complex text is shown unformatted: user content must not keep the server busy.
 */
const MAX_LENGTH = 64 * 1024;
const MAX_TOKENS = 20_000;

const parser = new MarkdownIt({ html: true });

interface MarkdownProps {
  text: string;
  /** The level that its largest headings get: one below that of where it stands. */
  level: 2 | 3 | 4;
}

/**
 * Renders user-written Markdown (CommonMark with tables). The text is taken apart into tokens, and each kind of token
 * that is known here becomes an element of ours: no HTML of theirs is ever passed on, so there is nothing that could be
 * forgotten to be taken out. Of HTML within it the text stays. Pictures are not loaded, as they would tell others who
 * looks at the page.
 */
export function Markdown({ text, level }: MarkdownProps) {
  const tokens = text.length > MAX_LENGTH ? [] : parser.parse(text, {});
  const size = tokens.reduce((sum, { children }) => sum + 1 + (children?.length ?? 0), 0);
  if (text.length > MAX_LENGTH || size > MAX_TOKENS) return <PlainText text={text} />;
  return <div class="prose">{render(treeOf(tokens), { level, open: [] })}</div>;
}

/** A text as it was written. */
export function PlainText({ text }: { text: string }) {
  return (
    <pre class="plain" tabindex={0}>
      {text}
    </pre>
  );
}

interface Node {
  token: Token;
  children: Node[];
}

interface Where {
  level: number;
  /** The levels of the headings that one is under, as they were written: none is skipped in what is made of them. */
  open: number[];
}

/** Tokens open and close; this hangs what is between under what opens. */
function treeOf(tokens: readonly Token[]): Node[] {
  const root: Node[] = [];
  const above: Node[][] = [root];
  for (const token of tokens) {
    if (token.nesting === -1) {
      if (above.length > 1) above.pop();
      continue;
    }
    const node: Node = { token, children: token.children ? treeOf(token.children) : [] };
    above.at(-1)?.push(node);
    if (token.nesting === 1) above.push(node.children);
  }
  return root;
}

const render = (nodes: readonly Node[], where: Where): Child[] => nodes.map((node) => element(node, where));

const PLAIN = new Set(['p', 'ul', 'li', 'blockquote', 'thead', 'tbody', 'tr', 'th', 'td', 'strong', 'em', 's']);

/** A token as an element of ours; nothing, when it is of a kind that is not known here. */
function element({ token, children }: Node, where: Where): Child {
  const { type, tag, content } = token;
  const inside = () => render(children, where);
  if (type === 'text' || type === 'text_special') return content;
  if (type === 'softbreak') return '\n';
  if (type === 'inline' || token.hidden) return <>{inside()}</>;
  if (type === 'html_block' || type === 'html_inline') return textOfHtml(content, type);
  if (type === 'image') return <span class="picture">{token.content || 'Picture'}</span>;
  if (type === 'code_inline') return <code>{content}</code>;
  if (type === 'fence' || type === 'code_block') return <PlainText text={content} />;
  if (type === 'heading_open') return heading(children, Number(tag.slice(1)), where);
  if (type === 'link_open') return <Link href={attribute(token, 'href')}>{inside()}</Link>;
  if (type === 'ordered_list_open') return <ol start={Number(attribute(token, 'start') || 1)}>{inside()}</ol>;
  if (type === 'table_open') return <Framed>{inside()}</Framed>;
  if (tag === 'hr') return <hr />;
  if (tag === 'br') return <br />;
  const Tag = tag as 'p';
  return PLAIN.has(tag) ? <Tag>{inside()}</Tag> : null;
}

const attribute = (token: Token, name: string): string => String(token.attrGet(name) ?? '');

function heading(children: readonly Node[], written: number, where: Where): Child {
  while ((where.open.at(-1) ?? 0) >= written) where.open.pop();
  where.open.push(written);
  const Tag = `h${Math.min(6, where.level + where.open.length - 1)}` as 'h2';
  return <Tag id={`user-content-${slugOf(textOf(children))}`}>{render(children, where)}</Tag>;
}

const textOf = (nodes: readonly Node[]): string =>
  nodes.map(({ token, children }) => (children.length > 0 ? textOf(children) : token.content)).join('');

/** As GitLab and GitHub name headings, so that a table of contents leads to them. */
const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

/** Leads out, or to a heading. Relative links refer to files, which have no pages here. */
function Link({ href, children }: { href: string; children?: Child }) {
  if (href.startsWith('#')) return <a href={`#user-content-${href.slice(1)}`}>{children}</a>;
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return <>{children}</>;
  return (
    <a href={href} rel="nofollow noopener noreferrer">
      {children}
    </a>
  );
}

/** Tables may be wider than the page. */
function Framed({ children }: { children?: Child }) {
  return (
    <div class="table-frame" tabindex={0}>
      <table>{children}</table>
    </div>
  );
}

/**
 * The readable text of HTML. It is escaped like any text, so that nothing depends on how well this takes it
 * apart.
 */
function textOfHtml(html: string, type: string): Child {
  if (/^<br\b/i.test(html)) return <br />;
  const text = html.replace(/<!--[\s\S]*?(-->|$)|<(script|style)\b[\s\S]*?(<\/\2>|$)|<[^<>]*>/gi, '').trim();
  if (text === '' || type === 'html_inline') return text;
  return <p>{text}</p>;
}
