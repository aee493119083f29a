/**
 * An app whose event stream is in the hands of a test: what is said on it, when it is cut, and when it is let in again.
 */
import type { Hono } from "hono";

/** Answers like the app, but for `/events`. */
export class Wire {
  readonly #app: Pick<Hono, "fetch">;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  #refuses = false;

  constructor(app: Pick<Hono, "fetch">) {
    this.#app = app;
  }

  readonly fetch = (request: Request): Response | Promise<Response> => {
    if (new URL(request.url).pathname !== "/events") return this.#app.fetch(request);
    if (this.#refuses) return new Response("refused", { status: 503 });
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
        // A comment, so that the browser takes the stream for open.
        controller.enqueue(new TextEncoder().encode(":\n\n"));
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  };

  /** Sends one message on the newest stream. */
  say(event: string, data: unknown): void {
    this.#stream!.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  /** Ends the stream and refuses another one until `restore()`. */
  cut(): void {
    this.#refuses = true;
    this.#stream!.close();
  }

  /** Lets streams in again. */
  restore(): void {
    this.#refuses = false;
  }
}
