import type { Route } from '../http/route.ts';
import type { RouteDoc } from '../http/route-doc.ts';

/** A row of the API: one without a `doc` does not compile. */
export type ApiRoute = Route & { doc: RouteDoc };
