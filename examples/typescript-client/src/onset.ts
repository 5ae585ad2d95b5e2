import createClient from "openapi-fetch";

import { type Frame, frames } from "./frames.js";
import type { components, paths } from "./schema.js";

export type Run = components["schemas"]["Run"];
export type RunWanted = components["schemas"]["RunWanted"];
export type Problem = components["schemas"]["Problem"];

/** One event of a run's live view; `name` is what happened. */
export type RunEvent = components["schemas"]["Event"] & { name: string };

/** What the server answers when it does not do what it was asked. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem | undefined,
  ) {
    super(problem?.detail ?? `the server answered ${status}`);
  }

  /** The stable code of the reason, like `already_finished`. */
  get code(): string | undefined {
    return this.problem?.code;
  }

  /** Asking again later may help. */
  get passing(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

export interface Place {
  /** Where the gateway listens, like `http://127.0.0.1:8080`. */
  server: string;
  /** The workspace's name or id. */
  workspace: string;
  key: string;
}

/** A workspace, as somebody sees it who starts runs in it. */
export class Onset {
  readonly #place: Place;
  readonly #client: ReturnType<typeof createClient<paths>>;

  constructor(place: Place) {
    this.#place = place;
    this.#client = createClient<paths>({
      baseUrl: place.server,
      headers: { Authorization: `Bearer ${place.key}` },
    });
  }

  /**
   * Starts a trigger and comes back as soon as the run is recorded. The same
   * `once` never starts a second run within 24 hours, so a start that got no
   * answer can be repeated.
   */
  async start(trigger: string, wanted: RunWanted = {}, once: string = crypto.randomUUID()): Promise<Run> {
    const { data, error, response } = await this.#client.POST("/api/v1/workspaces/{workspace}/triggers/{trigger}/run", {
      params: { path: { workspace: this.#place.workspace, trigger }, header: { "Idempotency-Key": once } },
      body: wanted,
    });
    return told(data, error, response);
  }

  /** Waits until a run has ended, or waits for somebody's answer itself. */
  async settled(id: string, signal?: AbortSignal): Promise<Run> {
    for (;;) {
      const { data, error, response } = await this.#client.GET("/api/v1/workspaces/{workspace}/runs/{run}", {
        params: { path: { workspace: this.#place.workspace, run: id }, header: { Prefer: "wait=30" } },
        signal,
      });
      const run = told(data, error, response);
      if (over(run) || run.requires_input) {
        return run;
      }
      // A server that is busy, or a run that sleeps, keeps nobody waiting.
      if (!response.headers.has("Preference-Applied") || run.status === "waiting") {
        await pause(run.poll_after_ms ?? 1000, signal);
      }
    }
  }

  /** Asks for a run's end; `settled` tells when it has come. */
  async cancel(id: string): Promise<Run> {
    const { data, error, response } = await this.#client.POST("/api/v1/workspaces/{workspace}/runs/{run}/cancel", {
      params: { path: { workspace: this.#place.workspace, run: id } },
    });
    return told(data, error, response);
  }

  /**
   * Watches a run from its first event, or behind `after`, to its end. When the
   * connection breaks it goes on behind the last event, without gap or repeat,
   * for as long as it takes; `signal` ends it.
   */
  async *events(id: string, after?: number, signal?: AbortSignal): AsyncGenerator<RunEvent> {
    for (let seen = after; ; await pause(1000, signal)) {
      try {
        for await (const frame of await this.#watch(id, seen, signal)) {
          const event = { ...JSON.parse(frame.data), name: frame.event } as RunEvent;
          seen = event.seq;
          yield event;
          if (["run.completed", "run.failed", "run.cancelled"].includes(event.name)) {
            return;
          }
        }
      } catch (e) {
        if (e instanceof Finished) {
          return;
        }
        if (signal?.aborted || (e instanceof Refused && !e.passing)) {
          throw e;
        }
      }
    }
  }

  async #watch(id: string, after: number | undefined, signal?: AbortSignal): Promise<AsyncGenerator<Frame>> {
    const { data, error, response } = await this.#client.GET("/api/v1/workspaces/{workspace}/runs/{run}/events", {
      params: {
        path: { workspace: this.#place.workspace, run: id },
        header: after === undefined ? {} : { "Last-Event-ID": String(after) },
      },
      parseAs: "stream",
      signal,
    });
    if (response.status === 204) {
      throw new Finished();
    }
    return frames(told(data, error, response) as unknown as ReadableStream<Uint8Array>);
  }
}

/** Says that a run has reached its end, whichever. */
export function over(run: Run): boolean {
  return run.status === "completed" || run.status === "failed" || run.status === "cancelled";
}

/** There is nothing to see behind the event that was seen last. */
class Finished extends Error {}

function told<T>(data: T | undefined, error: Problem | undefined, response: Response): T {
  if (data === undefined) {
    throw new Refused(response.status, error);
  }
  return data;
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const gone = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", gone);
      resolve();
    }, ms);
    signal?.addEventListener("abort", gone, { once: true });
  });
}
