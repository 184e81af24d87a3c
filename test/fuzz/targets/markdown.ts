import { Markdown } from '../../../src/web/views/markdown.tsx';
import { type FuzzTarget, mustHold } from '../fuzz.ts';
import { mutateText } from '../mutate.ts';

const MARKUP = [
  '# ',
  '> ',
  '- ',
  '1. ',
  '* * *',
  '```',
  '    ',
  '\n',
  '\n\n',
  '*',
  '**',
  '_',
  '`',
  '[',
  '](',
  ')',
  '![',
  '[a]: ',
  '<',
  '<script>',
  '<a href="javascript:x">',
  '<!--',
  '&lt;',
  '&#x6a;',
  'javascript:x',
  'https://a.example',
  '|a|b|\n|-|-|\n',
  '\\',
  '~~',
];

const markdown: FuzzTarget = {
  name: 'Markdown',
  open: () => (choices) => {
    const piece = () => choices.pick([...MARKUP, ...MARKUP, choices.oddText()]);
    const text = choices.words(40, piece).repeat(choices.pick([1, 1, 1, 1, 20, choices.chance(0.1) ? 2000 : 1]));
    const page = String(Markdown({ text: choices.try(mutateText(choices, text)), level: 2 }));
    mustHold(!/<(script|iframe|img|style|svg)\b/i.test(page), 'a tag of the text is on the page');
    mustHold(!/href="(?!https?:|mailto:|#)[^"]*:/i.test(page), 'a link runs a script');
    return page.startsWith('<pre') ? 'refused' : 'accepted';
  },
};

export const MARKDOWN: readonly FuzzTarget[] = [markdown];
