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
