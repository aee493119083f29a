/**
 * How a checker is called and where it looks, for log and status.
 */
import type { Checker } from "../config/virtual_server_model.ts";
import { hostOf } from "./http.ts";

/** The word of the configuration. */
export function checkerWord(checker: Checker): string {
  switch (checker.kind) {
    case "http":
      return checker.tls === null ? "HTTP_GET" : "SSL_GET";
    case "tcp":
    case "smtp":
    case "dns":
    case "udp":
    case "ping":
    case "misc":
    case "file":
    case "bfd":
      return `${checker.kind.toUpperCase()}_CHECK`;
  }
}

/** Where it looks: `10.0.0.11:80 /index.html`, a script, a file, a session. */
export function checkerTarget(checker: Checker): string {
  switch (checker.kind) {
    case "http":
      return `${hostOf(checker.target)} ${checker.urls.map(({ path }) => path).join(" ")}`;
    case "dns":
      return `${hostOf(checker.target)} ${checker.name} ${checker.type}`;
    case "tcp":
    case "smtp":
    case "udp":
      return hostOf(checker.target);
    case "ping":
      return checker.target.address;
    case "misc":
      return checker.command.text;
    case "file":
      return checker.file;
    case "bfd":
      return checker.name;
  }
}
