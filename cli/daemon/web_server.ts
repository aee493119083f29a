/**
 * The web side: bound before the engine starts, so that a port in use stops the start, and loaded when somebody looks,
 * so that nobody waits for it.
 */
import type { StatusSource } from "../../core/engine/status.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { WebGate } from "./web_gate.ts";

/** Where the status page is served. */
export interface WebAddress {
  readonly hostname: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Answers a request. */
type Handler = (request: Request) => Response | Promise<Response>;

/** ms of rest before a server that ended is begun again: what ended it does not go away at once. */
const REST = 100;

/** A bound web server. */
export class WebServer {
  readonly #gate: WebGate;
  readonly #path: string;
  readonly #load: () => Promise<Handler>;
  readonly #onError: (error: unknown) => void;
  #server: Deno.HttpServer<Deno.UnixAddr>;
  #app: Promise<Handler> | null = null;
  #stopped = false;

  /**
   * @param socket path of the Unix socket between the gate and the server
   * @param load makes the application; called with the first request
   * @param onError told of what made an answer fail
   * @throws {Refusal} where the address cannot be bound
   */
  constructor(
    address: WebAddress,
    socket: string,
    load: () => Promise<Handler>,
    onError: (error: unknown) => void,
  ) {
    this.#path = socket;
    this.#load = load;
    this.#onError = onError;
    try {
      this.#gate = new WebGate(address, socket);
    } catch (error) {
      const shown = `${hostOf(address)}:${address.port}`;
      throw new Refusal(
        `Cannot serve the status page on ${shown}: ${
          reasonOf(error)
        }; choose another with --web, or --no-web`,
        EXIT.fatal,
      );
    }
    this.#server = this.#serve();
    void this.#keepServing();
  }

  /** Such as `http://127.0.0.1:9650/`. */
  get url(): string {
    return `http://${hostOf(this.#gate.address)}:${this.#gate.address.port}/`;
  }

  /** Takes no more requests and ends those that are under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#gate.close();
    await this.#server.shutdown();
    removeIfThere(this.#path);
  }

  /** The runtime's server ends for good where the kernel refuses one connection (EMFILE): then it is begun again. */
  async #keepServing(): Promise<void> {
    while (!this.#stopped) {
      try {
        return await this.#server.finished;
      } catch (error) {
        this.#onError(error);
        await this.#beginAgain();
      }
    }
  }

  async #beginAgain(): Promise<void> {
    while (!this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, REST));
      try {
        this.#server = this.#serve();
        return;
      } catch {
        // There is no descriptor for its socket either: later.
      }
    }
  }

  /** The application, loaded at the first request; where that fails, the next one tries again. */
  async #loaded(): Promise<Handler> {
    this.#app ??= this.#load();
    try {
      return await this.#app;
    } catch (error) {
      this.#app = null;
      throw error;
    }
  }

  #serve(): Deno.HttpServer<Deno.UnixAddr> {
    removeIfThere(this.#path);
    const answerError = (error: unknown) => {
      this.#onError(error);
      return new Response("Cannot answer: an error happened; the log of the daemon has it\n", {
        status: 500,
      });
    };
    const options = { path: this.#path, onListen: () => {}, onError: answerError };
    const server = Deno.serve(options, async (request) => {
      return (await this.#loaded())(request);
    });
    Deno.chmodSync(this.#path, 0o600);
    return server;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Loads the application of `web/`; `names` are those of `--web-name`. */
export async function loadApp(
  source: StatusSource,
  names: readonly string[],
  onError: (error: unknown) => void,
): Promise<Handler> {
  const { createApp } = await import("../../web/app.tsx");
  const app = createApp(source, {
    onError,
    names: [...names, ...namesOfHost(Deno.hostname(), resolverText())],
  });
  return (request) => app.fetch(request);
}

function hostOf({ hostname }: { readonly hostname: string }): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

/** The host's own name, by itself and in the domains that names are completed with (resolv.conf(5)). */
export function namesOfHost(hostname: string, resolver: string): readonly string[] {
  const domains = resolver.split("\n").flatMap((line) => {
    const [word, ...rest] = line.trim().split(/\s+/);
    return word === "search" || word === "domain" ? rest : [];
  });
  const [first] = hostname.split(".");
  return [hostname, ...domains.filter((domain) => domain !== ".").map((domain) => `${first}.${domain}`)];
}

function resolverText(): string {
  try {
    return Deno.readTextFileSync("/etc/resolv.conf");
  } catch {
    return "";
  }
}
