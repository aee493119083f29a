/**
 * What every answer carries: nothing is stored, nothing from elsewhere is loaded, no other page frames ours.
 */
import type { MiddlewareHandler } from "hono";

/** Variables of a request: `nonce` allows the page's own inline style and script. */
export interface Variables {
  Variables: { nonce: string };
}

/** Refuses all methods but GET and HEAD: there is nothing to change here. */
export const readOnly: MiddlewareHandler = async (c, next) => {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") {
    return c.text(`Cannot ${c.req.method} ${c.req.path}: this interface is read-only\n`, 405, {
      Allow: "GET, HEAD",
    });
  }
  await next();
};

/**
 * Refuses requests under names that nobody here gave this node.
 *
 * A web site that lets its own name point at this host (DNS rebinding) could otherwise read everything through the
 * browser of somebody who can reach it. Addresses, `localhost` and names without a dot cannot be used for that.
 *
 * @param names of this host, in small letters
 */
export function knownName(names: ReadonlySet<string>): MiddlewareHandler {
  return async (c, next) => {
    // Behind a Unix socket the scheme is none whose names a URL spells in small letters.
    const hostname = new URL(c.req.url).hostname.toLowerCase();
    if (!isAddress(hostname) && hostname.includes(".") && !names.has(hostname.replace(/\.$/, ""))) {
      const text =
        `Cannot answer under the name ${hostname}: use an address, or start with --web-name ${hostname}\n`;
      return c.text(text, 421);
    }
    await next();
  };
}

/** As a URL has it: IPv6 in brackets, IPv4 in dotted decimals. */
function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^[0-9.]+$/.test(hostname);
}

/** Sets the security headers, on errors too. */
export const securityHeaders: MiddlewareHandler<Variables> = async (c, next) => {
  const nonce = crypto.randomUUID();
  c.set("nonce", nonce);
  await next();
  for (const [name, value] of Object.entries(headers(nonce))) c.header(name, value);
};

function headers(nonce: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "img-src data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
  };
}
