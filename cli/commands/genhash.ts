/**
 * `ha genhash`: the digest of a page, for the `digest` of an HTTP check. Takes genhash's options.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { httpConversation } from "../../core/check/http.ts";
import { HttpAnswer } from "../../core/check/http_answer.ts";
import type { HttpChecker, TlsOptions, UrlCheck } from "../../core/config/virtual_server_model.ts";
import { type IpAddress, parseAddress } from "../../core/net/address.ts";
import { openLibc } from "../../ffi/libc.ts";
import { openProbeSockets } from "../../ffi/probe_sockets.ts";
import { Prober } from "../daemon/checkers/prober.ts";
import { ConversationUser, StreamProbe } from "../daemon/checkers/stream_probe.ts";
import { TlsUser } from "../daemon/checkers/tls_probe.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import { write } from "../output.ts";

interface GenhashFlags {
  readonly server: IpAddress;
  readonly port: number;
  readonly url: string;
  readonly useSsl: boolean;
  readonly useSni: boolean;
  readonly useVirtualhost?: string;
  readonly protocol: "1.0" | "1.0c" | "1.1";
  /** s */
  readonly timeout: number;
  readonly fwmark: number;
}

const NO_VERIFICATION: TlsOptions = {
  verify: false,
  caFile: null,
  certificateFile: null,
  keyFile: null,
  keyPassword: null,
  expiryWarning: 0,
};

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("genhash")
    .description("Print the digest of a page, for the digest of HTTP_GET and SSL_GET")
    .requiredOption("-s, --server <address>", "IP address of the server", readAddress)
    .requiredOption("-p, --port <port>", "its port", readPort)
    .requiredOption("-u, --url <path>", "path of the page", readPath)
    .option("-S, --use-ssl", "over TLS", false)
    .option("-I, --use-sni", "send the virtual host as the server's name", false)
    .option("-V, --use-virtualhost <host>", "virtual host")
    .addOption(
      new Option("-P, --protocol <version>", "HTTP version").choices(["1.0", "1.0c", "1.1"]).default("1.0"),
    )
    .option("-t, --timeout <seconds>", "for each move of the server", readNumber, 5)
    .option("-m, --fwmark <mark>", "mark of the packets", readNumber, 0)
    .action(async (flags: GenhashFlags) => {
      console.log(await digestOf(flags));
      done(EXIT.ok);
    });
}

/** @throws {Refusal} where the page cannot be had */
async function digestOf(flags: GenhashFlags): Promise<string> {
  const checker = checkerOf(flags);
  const [url] = checker.urls as readonly [UrlCheck];
  const answer = new HttpAnswer(url);
  const conversation = httpConversation({ protocol: checker.protocol, url, target: checker.target }, answer);
  const sockets = openProbeSockets(openLibc());
  using prober = new Prober(sockets);
  const { promise, resolve } = Promise.withResolvers<string>();
  prober.start(1, {
    limit: Infinity,
    begin: (host) => {
      const { tls, target } = checker;
      const user = tls === null
        ? new ConversationUser(host, sockets, conversation, target.timeout)
        : new TlsUser(host, sockets, { checker, url, tls, sawCertificate: () => {} }, conversation);
      return new StreamProbe(host, sockets, target, user);
    },
    ended: (result) => resolve(result.ok === true ? "" : result.reason),
  });
  const reason = await promise;
  if (answer.digest !== null) {
    const { statusCode } = answer;
    const usual = statusCode !== null && statusCode >= 200 && statusCode <= 299;
    // A check takes 200 to 299 unless its status_code says otherwise.
    if (!usual) write(`ha: The digest is that of an answer with status code ${statusCode}\n`, Deno.stderr);
    return answer.digest;
  }
  throw new Refusal(`Cannot get ${flags.url} from ${flags.server} port ${flags.port}: ${reason}`, EXIT.fatal);
}

function checkerOf(flags: GenhashFlags): HttpChecker {
  const virtualHost = flags.useVirtualhost ?? null;
  const schedule = {
    delayLoop: 1,
    retry: 0,
    delayBeforeRetry: 1,
    warmup: 0,
    alpha: false,
    logAllFailures: false,
  };
  return {
    kind: "http",
    ...schedule,
    target: {
      address: flags.server,
      port: flags.port,
      sourceAddress: null,
      sourcePort: 0,
      interface: null,
      mark: flags.fwmark,
      timeout: flags.timeout * 1000,
    },
    tls: flags.useSsl ? NO_VERIFICATION : null,
    protocol: flags.protocol === "1.0c" ? "1.0C" : flags.protocol,
    fastRecovery: false,
    urls: [{
      path: flags.url,
      virtualHost,
      serverName: flags.useSni ? virtualHost : null,
      statusCodes: [],
      // Compared with nothing, so that it is made.
      digest: "",
      regex: null,
      closeNotify: false,
      method: "GET",
      headers: [],
      body: null,
      json: null,
    }],
  };
}

function readAddress(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === null) throw new InvalidArgumentError("It must be an IP address.");
  return address;
}

function readPort(text: string): number {
  const port = readNumber(text);
  if (port < 1 || port > 65535) throw new InvalidArgumentError("It must be a port, 1 to 65535.");
  return port;
}

function readPath(text: string): string {
  if (text === "") throw new InvalidArgumentError("It must be a path, such as /index.html.");
  return text;
}

function readNumber(text: string): number {
  if (!/^(0|[1-9][0-9]{0,8})$/.test(text)) throw new InvalidArgumentError("It must be a number.");
  return Number(text);
}
