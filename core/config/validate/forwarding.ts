/** `lb_kind`, `lvs_method` and `sorry_server_lvs_method`: how packets reach a real server. */
import { nearest } from "../suggest.ts";
import type { Word } from "../text.ts";
import type { Forwarding } from "../virtual_server_model.ts";
import { type Context, error } from "./context.ts";
import { parsePort } from "./server_group.ts";

const METHODS = ["NAT", "DR", "TUN", "FULLNAT"] as const;

/**
 * Reads `NAT`, `DR`, `FULLNAT` or `TUN [type ipip|gue|gre] [port PORT] [nocsum|csum|remcsum]`; null, reported, where
 * it cannot be used.
 */
export function readForwarding(context: Context, word: Word, values: readonly Word[]): Forwarding | null {
  const [method, ...options] = values;
  switch (method?.text) {
    case "NAT":
      return withoutOptions(context, options, { method: "nat" });
    case "DR":
      return withoutOptions(context, options, { method: "direct" });
    case "FULLNAT":
      return withoutOptions(context, options, { method: "fullnat" });
    case "TUN":
      return readTunnel(context, method, options);
  }
  const at = method ?? word;
  error(
    context,
    at,
    "bad-value",
    `Cannot use ${word.text} ${method?.text ?? ""} as it must be NAT, DR, TUN or FULLNAT`,
    {
      allowed: METHODS.join(", "),
      suggestion: method === undefined ? null : nearest(method.text, METHODS),
    },
  );
  return null;
}

function withoutOptions(context: Context, options: readonly Word[], forwarding: Forwarding): Forwarding {
  const first = options[0];
  if (first !== undefined) {
    error(context, first, "unknown-option", `Cannot use "${first.text}" here: only TUN takes options`);
  }
  return forwarding;
}

const CHECKSUMS = { nocsum: "none", csum: "checksum", remcsum: "remote" } as const;

function readTunnel(context: Context, method: Word, options: readonly Word[]): Forwarding | null {
  let encapsulation: "ipip" | "gue" | "gre" = "ipip";
  let port = 0;
  let checksum: "none" | "checksum" | "remote" = "none";
  for (let i = 0; i < options.length; i++) {
    const option = options[i]!;
    if (option.text === "type") {
      const value = options[++i];
      if (value?.text !== "ipip" && value?.text !== "gue" && value?.text !== "gre") {
        return tunnelError(context, value ?? option, "ipip, gue or gre");
      }
      encapsulation = value.text;
    } else if (option.text === "port") {
      const value = options[++i];
      const number = value === undefined ? null : parsePort(context, value);
      if (number === null) return null;
      port = number;
    } else if (Object.hasOwn(CHECKSUMS, option.text)) {
      checksum = CHECKSUMS[option.text as keyof typeof CHECKSUMS];
    } else return tunnelError(context, option, "type, port, nocsum, csum, remcsum");
  }
  const reason = whyNoTunnel(encapsulation, port, checksum);
  if (reason === null) return { method: "tunnel", encapsulation, port, checksum };
  error(context, method, "bad-tunnel", `Cannot use the tunnel: ${reason}`);
  return null;
}

function tunnelError(context: Context, at: Word, allowed: string): null {
  error(context, at, "unknown-option", `Cannot use "${at.text}" for a tunnel`, {
    allowed,
    suggestion: nearest(at.text, allowed.split(/, | or /)),
  });
  return null;
}

function whyNoTunnel(encapsulation: string, port: number, checksum: string): string | null {
  if (encapsulation === "gue" && port === 0) return "gue needs a port";
  if (encapsulation !== "gue" && port !== 0) return `${encapsulation} has no port`;
  if (encapsulation === "gre" && checksum === "remote") return "gre has no remcsum";
  if (encapsulation === "ipip" && checksum !== "none") return "ipip has no checksum";
  return null;
}
