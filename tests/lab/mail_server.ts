/** A real mail server on a node of the lab: Debian's python3-aiosmtpd. */
import { fileURLToPath } from "node:url";
import { must } from "../../cli/demo/command.ts";
import type { Timed } from "./event_log.ts";
import { EventLog } from "./event_log.ts";
import type { LabProcess } from "./process.ts";
import type { Node } from "./node.ts";

const SCRIPT = fileURLToPath(new URL("./smtp_server.py", import.meta.url));

/** The Debian interpreter, which has the package; another one on the PATH need not. */
const PYTHON = "/usr/bin/python3";

/** A mail that the server has taken. */
export interface TakenMail extends Timed {
  readonly helo: string;
  /** EHLO instead of HELO. */
  readonly extended: boolean;
  readonly tls: boolean;
  readonly login: string | null;
  readonly sender: string;
  readonly recipients: readonly string[];
  /** All of it as it came over the wire. */
  readonly content: string;
}

/** How it is started. */
export interface MailServerOptions {
  readonly port?: number;
  /** Where it listens, if not at the address of the node. */
  readonly address?: string;
  readonly tls?: { readonly certificate: string; readonly key: string; readonly implicit: boolean };
  /** `NAME:PASSWORD` */
  readonly login?: string;
  readonly refuse?: string;
  readonly busy?: string;
}

/** A mail server and what it took. */
export class MailServer {
  readonly mails = new EventLog<TakenMail>("mails", ({ content }) => subjectOf(content));
  readonly process: LabProcess;

  private constructor(process: LabProcess) {
    this.process = process;
    process.stdout.subscribe((line) => {
      const said = JSON.parse(line.text);
      if (said.content !== undefined) this.mails.push({ at: line.at, ...said });
    });
  }

  /** Starts one; returns when it listens. */
  static async start(node: Node, options: MailServerOptions = {}): Promise<MailServer> {
    const { port = 25, address = node.address, tls, login, refuse, busy } = options;
    const argv = [
      ...[PYTHON, SCRIPT, address, String(port)],
      ...(tls === undefined ? [] : ["--certificate", tls.certificate, "--key", tls.key]),
      ...(tls?.implicit === true ? ["--implicit-tls"] : []),
      ...(login === undefined ? [] : ["--login", login]),
      ...(refuse === undefined ? [] : ["--refuse", refuse]),
      ...(busy === undefined ? [] : ["--busy", busy]),
    ];
    const server = new MailServer(node.spawn(argv, { name: `mail server on ${node.name}` }));
    await server.process.stdout.line(/"listening"/, { within: 20_000 });
    return server;
  }

  /** Waits for a mail with this end of its subject. */
  mail(end: string, within = 30_000, since = 0): Promise<TakenMail> {
    return this.mails.next(({ content }) => subjectOf(content).endsWith(end), { within, since, what: end });
  }
}

/** The subject of a mail. */
export function subjectOf(content: string): string {
  return /^Subject: (.*)\r$/m.exec(content)?.[1] ?? "";
}

/** A certificate for a node's address, signed by itself. */
export async function certificateFor(
  node: Node,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const [certificate, key] = [node.path("mail.crt"), node.path("mail.key")];
  await node.write("mail.key", "");
  await must([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "2", "-subj", "/CN=mail.test", "-addext", `subjectAltName=IP:${node.address}`],
    ...["-keyout", key, "-out", certificate],
  ]);
  return { certificate, key };
}
