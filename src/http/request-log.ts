import { type Actor, ANONYMOUS } from '../authz/actor.ts';
import { idOf } from '../authz/actor-kinds.ts';
import type { Decision } from '../authz/decision.ts';
import type { Authentication } from '../gate/authenticate.ts';
import type { Witness } from '../gate/gate.ts';
import { type PaceLimits, PaceWatch } from '../lib/pace.ts';
import type { Problem, Protocol, Route } from './route.ts';

/**
 * The record of one request, for the log line and the metrics. Never a header, a query or a body: they may hold a
 * secret.
 */
export interface RequestRecord {
  id: string;
  method: string;
  /** The row's pattern, not the address: addresses hold names, and their number has no bound. */
  route: string;
  protocol: string;
  ip: string;
  status: number;
  actor: string;
  actorId: number | null;
  authentication: string;
  outcome: string;
  bytes: number;
  ms: number;
  /** The handler's notes; null if none. */
  fields: Record<string, string | number | boolean> | null;
}

export interface RequestObserver {
  /** Once per request, when its answer has been sent or was cut off. */
  request(record: RequestRecord): void;
  /** A fault of ours, once, where it is turned into a 500. */
  fault(id: string, error: unknown): void;
}

/** Follows one request from its arrival to the last byte of its answer. */
export class RequestLog implements Witness {
  readonly id = crypto.randomUUID();
  readonly #observer: RequestObserver;
  readonly #start = performance.now();
  readonly #record: RequestRecord;
  readonly #pace: PaceLimits | undefined;
  #streamed = false;
  #isSlow = false;
  /** The caller, as far as known before the response. */
  actor: Actor = ANONYMOUS;

  /** @param pace how slow the client may be that takes a streamed response. Left out: as slow as it likes. */
  constructor(observer: RequestObserver, request: Request, ip: string, pace?: PaceLimits) {
    this.#observer = observer;
    this.#pace = pace;
    this.#record = {
      id: this.id,
      method: request.method,
      route: 'none',
      protocol: 'none',
      ip,
      status: 0,
      actor: 'unknown',
      actorId: null,
      authentication: 'none',
      outcome: 'allowed',
      bytes: 0,
      ms: 0,
      fields: null,
    };
  }

  matched(protocol: Protocol, route: Route): void {
    this.#isSlow = route.slow === true;
    this.#record.protocol = protocol.name;
    this.#record.route = route.query ? `${route.path}?${route.query.name}=${route.query.value}` : route.path;
  }

  authenticated(who: Authentication): void {
    this.#record.authentication = who.outcome;
    if (!who.ok) return;
    const { actor } = who;
    this.actor = actor;
    this.#record.actor = actor.kind;
    this.#record.actorId = idOf(actor);
  }

  decided(decision: Decision): void {
    this.#record.outcome = decision.allow ? 'allowed' : decision.reason;
  }

  refused(problem: Problem): void {
    this.#record.outcome = problem.reason;
  }

  note(fields: NonNullable<RequestRecord['fields']>): void {
    this.#record.fields = { ...this.#record.fields, ...fields };
  }

  fault(error: unknown, problem: Problem): Problem {
    this.#observer.fault(this.id, error);
    return problem;
  }

  /**
   * Counts a streamed body; the record is closed when the last byte went out, the client left, or the client took it
   * too slowly and was cut off.
   */
  track(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    this.#streamed = true;
    const reader = body.getReader();
    let sink: ReadableStreamDefaultController<Uint8Array> | undefined;
    let taken = 0;
    const end = (outcome?: string) => {
      watch?.end();
      if (outcome !== undefined) this.#record.outcome = outcome;
      this.#close();
    };
    const watch = this.#watch((error) => {
      end('too_slow');
      sink?.error(error);
      reader.cancel(error).catch(() => {});
    });
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      sink = controller;
      // The client has taken the chunk before this one.
      watch?.moved(taken);
      try {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          return end();
        }
        taken = value.byteLength;
        this.#record.bytes += taken;
        controller.enqueue(value);
        watch?.wait();
      } catch (error) {
        end('cut_off');
        controller.error(error);
      }
    };
    const cancel = async (reason: unknown) => {
      end('client_left');
      await reader.cancel(reason);
    };
    // Nothing is read ahead: the body starts when the answer is on its way, and a slow client holds it back.
    return new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });
  }

  #watch(onLate: (error: Error) => void): PaceWatch | undefined {
    return this.#pace === undefined || this.#isSlow ? undefined : new PaceWatch(this.#pace, onLate);
  }

  /** The time since the arrival, in seconds with six digits, as Rails writes `X-Runtime`. */
  elapsedSeconds(): string {
    return ((performance.now() - this.#start) / 1000).toFixed(6);
  }

  /**
   * Closes the record, or leaves that to the end of the body where it is streamed: every answer leaves with its bytes
   * counted.
   * @param headOnly the request was HEAD: the answer tells the length of its body and leaves it away.
   */
  finish(response: Response, headOnly: boolean): Response | Promise<Response> {
    this.#record.status = response.status;
    const length = headOnly || this.#streamed ? null : response.headers.get('content-length');
    if (length === null) return this.#measure(response, headOnly);
    // Its body is not looked at: that would make a stream of bytes that lie ready to be sent.
    this.#record.bytes = Number(length);
    this.#close();
    return response;
  }

  async #measure(response: Response, headOnly: boolean): Promise<Response> {
    const measured = this.#streamed ? response : await withLength(response);
    if (headOnly && measured.body !== null) {
      await measured.body.cancel();
      if (!this.#streamed) this.#close();
      return new Response(null, { status: measured.status, headers: measured.headers });
    }
    if (this.#streamed) return response;
    const length = measured.headers.get('content-length');
    if (measured.body !== null && length === null) return new Response(this.track(measured.body), measured);
    this.#record.bytes = measured.body === null ? 0 : Number(length);
    this.#close();
    return measured;
  }

  #close(): void {
    this.#record.ms = Math.round((performance.now() - this.#start) * 10) / 10;
    this.#observer.request(this.#record);
  }
}

/**
 * Documents are in memory, so their length is known; stored content comes with its length, and content generated on the
 * way has none.
 */
async function withLength(response: Response): Promise<Response> {
  const { body, headers, status } = response;
  if (body === null || headers.has('content-length')) return response;
  if (!/^text\/|[/+](json|xml)\b|-advertisement$/.test(headers.get('content-type') ?? '')) return response;
  const bytes = await response.bytes();
  headers.set('Content-Length', String(bytes.byteLength));
  return new Response(bytes, { status, headers });
}
