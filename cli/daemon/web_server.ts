/**
 * The web side: bound before the engine starts, so that a port in use stops the start, and loaded when somebody looks,
 * so that nobody waits for it.
 */
import type { StatusSource } from "../../core/engine/status.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";

/** Where the status page is served. */
export interface WebAddress {
  readonly hostname: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Answers a request. */
type Handler = (request: Request) => Response | Promise<Response>;

/** A bound web server. */
export class WebServer {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #app: Promise<Handler> | null = null;

  /**
   * @param load makes the application; called with the first request
   * @param onError told of what made an answer fail
   * @throws {Refusal} where the address cannot be bound
   */
  constructor(address: WebAddress, load: () => Promise<Handler>, onError: (error: unknown) => void) {
    try {
      const answerError = (error: unknown) => {
        onError(error);
        return new Response("Cannot answer: an error happened; the log of the daemon has it\n", {
          status: 500,
        });
      };
      this.#server = Deno.serve({ ...address, onListen: () => {}, onError: answerError }, async (request) => {
        this.#app ??= load();
        return (await this.#app)(request);
      });
    } catch (error) {
      const shown = `${hostOf(address)}:${address.port}`;
      throw new Refusal(
        `Cannot serve the status page on ${shown}: ${
          reasonOf(error)
        }; choose another with --web, or --no-web`,
        EXIT.fatal,
      );
    }
  }

  /** Such as `http://127.0.0.1:9650/`. */
  get url(): string {
    return `http://${hostOf(this.#server.addr)}:${this.#server.addr.port}/`;
  }

  /** Takes no more requests and ends when those under way have ended. */
  async stop(): Promise<void> {
    await this.#server.shutdown();
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
