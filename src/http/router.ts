import type { Method, Protocol, Route } from './route.ts';
import { compilePattern, type RoutePattern } from './route-pattern.ts';

export interface Match {
  protocol: Protocol;
  route: Route;
  /** Decoded once; a parameter that is not valid percent-encoding does not match. */
  params: Record<string, string>;
}

export interface Router {
  match(method: string, path: string, query: URLSearchParams): Match | undefined;
  /** The methods that some row of this path takes. */
  allowed(path: string): Method[];
  /** The protocol that answers for an address without a row. */
  protocolFor(path: string): Protocol;
}

interface Row {
  protocol: Protocol;
  route: Route;
  pattern: RoutePattern;
}

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Finds the row for a request, on the raw path: an escaped slash is data, and dots mean nothing. The first row in the
 * order of protocols and rows wins. `HEAD` is answered by the row for `GET`.
 */
export function createRouter(protocols: readonly Protocol[]): Router {
  const rowsFor = indexRows(protocols);
  const fallback = protocols.at(-1);
  if (!fallback) throw new Error('a server without protocols');

  const protocolFor = (path: string) =>
    protocols.find((protocol) => protocol.prefix !== undefined && path.startsWith(protocol.prefix)) ?? fallback;

  /** The first row for this path that is taken. */
  const find = (method: string, path: string, takes: (row: Row) => boolean): Match | undefined => {
    for (const row of rowsFor(method === 'HEAD' ? 'GET' : method, path)) {
      if (!takes(row)) continue;
      const raw = row.pattern.match(path);
      const params = raw && (ESCAPE_OR_CONTROL.test(path) ? decodeAll(raw) : raw);
      if (params) return { protocol: row.protocol, route: row.route, params };
    }
    return undefined;
  };
  const findOwn = (method: string, path: string, takes: (row: Row) => boolean): Match | undefined => {
    // The last protocol has rows for whatever no one else is for; what is under another protocol's prefix is that one's
    // to refuse.
    const claimed = protocolFor(path) !== fallback;
    const takesOwn = (row: Row) => !(claimed && row.protocol === fallback) && takes(row);
    const found = find(method, path, takesOwn);
    if (found || !path.endsWith('/')) return found;
    return find(method, path.slice(0, -1), (row) => row.protocol.ignoresTrailingSlash === true && takesOwn(row));
  };

  return {
    match: (method, path, query) =>
      findOwn(method, path, ({ route }) => !route.query || query.get(route.query.name) === route.query.value),
    allowed: (path) => METHODS.filter((method) => findOwn(method, path, ({ route }) => !route.catchAll)),
    protocolFor,
  };
}

/** The rows of a method that a path may be for by its first segment, in their order. */
function indexRows(protocols: readonly Protocol[]): (method: string, path: string) => readonly Row[] {
  const rows = protocols.flatMap((protocol) =>
    protocol.routes.map((route) => ({ protocol, route, pattern: compilePattern(route.path) })),
  );
  const index = new Map(
    METHODS.map((method) => {
      const own = rows.filter(({ route }) => route.method === method);
      const heads = new Set(own.map(({ pattern }) => pattern.head));
      const of = (head: string | null) => own.filter(({ pattern }) => pattern.head === head || pattern.head === null);
      return [method as string, { byHead: new Map([...heads].map((head) => [head, of(head)])), others: of(null) }];
    }),
  );
  return (method, path) => {
    const rowsOf = index.get(method);
    const end = path.indexOf('/', 1);
    return rowsOf?.byHead.get(path.slice(1, end < 0 ? undefined : end)) ?? rowsOf?.others ?? [];
  };
}

/** Most paths have no escapes and nothing that is refused: their parameters are literal. */
const ESCAPE_OR_CONTROL = /[\u0000-\u001f\u007f%]/;

function decodeAll(raw: Record<string, string>): Record<string, string> | undefined {
  const params: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) {
    try {
      params[name] = value.includes('%') ? decodeURIComponent(value) : value;
    } catch {
      return undefined;
    }
    // No name of ours holds a control character; one that is let through could end up in a log or a file name.
    if (/[\u0000-\u001f\u007f]/.test(params[name] as string)) return undefined;
  }
  return params;
}
