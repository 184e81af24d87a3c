import type { RequestContext, Route } from '../http/route.ts';
import { sha256Hex } from '../lib/digest.ts';
import { notFound } from '../lib/errors.ts';
import { browserScript } from './browser-script.ts' with { type: 'macro' };
import icon from './public/icon.svg' with { type: 'text' };
import { styleSheet } from './style-sheet.ts' with { type: 'macro' };

interface Asset {
  href: string;
  type: string;
  text: string;
}

/** A file that never changes under its name: the name has the hash of what is in it. */
function asset(name: string, ending: string, type: string, text: string): Asset {
  return { href: `/assets/${name}-${sha256Hex(text).slice(0, 16)}.${ending}`, type, text };
}

export const STYLE = asset('postern', 'css', 'text/css; charset=utf-8', styleSheet());
export const SCRIPT = asset('postern', 'js', 'text/javascript; charset=utf-8', browserScript());
export const ICON = asset('icon', 'svg', 'image/svg+xml', icon);

const ASSETS = new Map([STYLE, SCRIPT, ICON].map((one) => [one.href, one]));

export function assetRoutes(): Route[] {
  return [
    {
      method: 'GET',
      path: '/assets/:file',
      access: { on: 'anyone', why: 'static assets of the program' },
      handler: ({ params }: RequestContext<null>) => {
        const found = ASSETS.get(`/assets/${params['file']}`);
        if (!found) throw notFound('file');
        const headers = { 'Content-Type': found.type, 'Cache-Control': 'public, max-age=31536000, immutable' };
        return new Response(found.text, { headers });
      },
    },
  ];
}
