/** What a scenario of virtual servers is, and the pieces that its configurations and tables are written with. */

/** What happens, and the table after it. */
export interface Step {
  /** Servers that are killed or started, as nginx listens: `10.8.0.11:80`. */
  readonly kill?: readonly string[];
  readonly start?: readonly string[];
  /** Files of the host that are written, by name. */
  readonly write?: Readonly<Record<string, string>>;
  /** The daemon is told to reload this configuration. */
  readonly reload?: string;
  readonly stop?: true;
  /** Lines of shell that somebody else runs. */
  readonly run?: readonly string[];
  /** Lines of `ipvsadm-save -n`. */
  readonly table: readonly string[];
  /** Output of `ipvsadm` with these arguments; looked for in lines without trailing blanks. */
  readonly shows?: { readonly arguments: string; readonly lines: readonly string[] };
  /** Patterns that the log must have by then. */
  readonly log?: readonly RegExp[];
}

/** One configuration in both daemons. */
export interface Scenario {
  readonly name: string;
  readonly config: string;
  /** Servers that run from the start. */
  readonly servers: readonly string[];
  /** Lines of `ipvsadm-restore` before the daemon starts. */
  readonly before?: readonly string[];
  readonly steps: readonly Step[];
  /** keepalived does nothing of the kind. */
  readonly oursAlone?: true;
  /** The tables are those of another namespace, `@TABLE@` in the configuration; the daemon's own stays empty. */
  readonly elsewhere?: true;
}

/** Checks that are quick enough for a test and slow enough for a translated machine. */
export const QUICK = "delay_loop 1\n connect_timeout 2\n retry 1\n delay_before_retry 1\n warmup 0";

/** An `HTTP_GET` of a path. */
export function http(path: string): string {
  return `HTTP_GET {\n url {\n path ${path}\n }\n }`;
}

/** The plainest check. */
export const TCP = "TCP_CHECK {\n }";

/** A `real_server` block. */
export function real(address: string, inside: string): string {
  return `real_server ${address} {\n ${inside}\n }`;
}

/** Lines of `ipvsadm-save -n` for the service that most scenarios have, and its servers. */
export const service = (scheduler: string) => `-A -t 10.8.0.1:80 -s ${scheduler}`;
export const server = (address: string, weight: number) => `-a -t 10.8.0.1:80 -r ${address} -m -w ${weight}`;

/** The same for a second service. */
export const second = (...servers: readonly string[]) => [
  "-A -t 10.8.0.2:80 -s rr",
  ...servers.map((server) => `-a -t 10.8.0.2:80 -r ${server}`),
];
