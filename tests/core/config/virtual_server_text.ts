/** Configurations with one virtual server, from the lines that matter. */
import type { Checker, VirtualServer } from "../../../core/config/virtual_server_model.ts";
import { load, model } from "./support.ts";

/** What each of them needs. */
export const HEAD = "protocol TCP\n lb_algo rr\n lb_kind NAT\n";

/** A virtual server with further lines in it. */
export function serverText(
  lines: string,
  real = "real_server 10.0.0.2 80 {\n TCP_CHECK { }\n }",
  head = "10.0.0.1 80",
): string {
  return `virtual_server ${head} {\n ${HEAD} ${lines}\n ${real}\n}\n`;
}

/** The virtual server that they make. */
export function server(lines: string, real?: string, head?: string): VirtualServer {
  return model(serverText(lines, real, head)).loadBalancer.virtualServers[0]!;
}

/** The checker that lines within a real server make. */
export function checker(lines: string, around = ""): Checker {
  return server(around, `real_server 10.0.0.2 80 {\n ${lines}\n }`).realServers[0]!.checkers[0]!;
}

/** What is found in a text, but for notices. */
export function codes(text: string): string[] {
  return load(text).diagnostics.filter(({ severity }) => severity !== "info").map(({ code }) => code);
}
