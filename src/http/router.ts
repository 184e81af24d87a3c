import { TrieRouter } from 'hono/router/trie-router';
import type { Method, Room, Route } from './route.ts';

export interface Match {
  room: Room;
  route: Route;
  /** Decoded once; a parameter that is not valid percent-encoding does not match. */
  params: Record<string, string>;
}

export interface Router {
  match(method: string, path: string, query: URLSearchParams): Match | undefined;
  /** The methods that some row of this path takes. */
  allowed(path: string): Method[];
  /** The room that answers for an address without a row. */
  roomFor(path: string): Room;
}

type Found = [{ room: Room; route: Route }, Record<string, string>];

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Finds the row for a request, on the raw path: an escaped slash is data, and dots mean nothing. The first row in the order
 * of rooms and rows wins. `HEAD` is answered by the row for `GET`.
 */
export function createRouter(rooms: readonly Room[]): Router {
  const trie = new TrieRouter<{ room: Room; route: Route }>();
  for (const room of rooms) for (const route of room.routes) trie.add(route.method, route.path, { room, route });
  const fallback = rooms.at(-1);
  if (!fallback) throw new Error('a server without rooms');

  const find = (method: string, path: string): Found[] => {
    const [found] = trie.match(method === 'HEAD' ? 'GET' : method, path) as [Found[]];
    if (found.length > 0 || !path.endsWith('/')) return found;
    const [bare] = trie.match(method === 'HEAD' ? 'GET' : method, path.slice(0, -1)) as [Found[]];
    return bare.filter(([{ room }]) => room.ignoresTrailingSlash);
  };

  const roomFor = (path: string) =>
    rooms.find((room) => room.prefix !== undefined && path.startsWith(room.prefix)) ?? fallback;
  /** The last room has rows for whatever no one else is for; what is under another room's prefix is that one's to refuse. */
  const findOwn = (method: string, path: string): Found[] => {
    const claimed = roomFor(path) !== fallback;
    return find(method, path).filter(([{ room }]) => !claimed || room !== fallback);
  };

  const match = (method: string, path: string, query: URLSearchParams): Match | undefined => {
    for (const [{ room, route }, raw] of findOwn(method, path)) {
      if (route.query && query.get(route.query.name) !== route.query.value) continue;
      const params = decodeAll(raw);
      if (params) return { room, route, params };
    }
    return undefined;
  };

  return {
    match,
    allowed: (path) =>
      METHODS.filter((method) =>
        findOwn(method, path).some(([{ route }, raw]) => !route.takesTheRest && decodeAll(raw)),
      ),
    roomFor,
  };
}

function decodeAll(raw: Record<string, string>): Record<string, string> | undefined {
  const params: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) {
    try {
      params[name] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
    // No name of ours holds a control character; one that is let through could end up in a log or a file name.
    if (/[\u0000-\u001f\u007f]/.test(params[name] as string)) return undefined;
  }
  return params;
}
