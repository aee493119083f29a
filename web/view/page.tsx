/**
 * The frame of every page, and the part of it that is replaced while one looks at it.
 */
import { raw } from "hono/html";
import { script } from "./script.ts";
import { style } from "./style.ts";

/** How a page stands: it colours the icon in the browser's tab. */
export type Mood = "good" | "warning" | "critical";

interface MainProps {
  readonly title: string;
  readonly mood: Mood;
  // deno-lint-ignore no-explicit-any -- what hono/jsx allows as children
  readonly children?: any;
}

/** The part that changes: the script asks for it alone. */
export function Main({ title, mood, children }: MainProps) {
  return (
    <main id="main" data-title={title} data-icon={icon(mood)}>
      {children}
    </main>
  );
}

interface PageProps extends MainProps {
  /** `router_id` of the node. */
  readonly node: string;
  /** Allows this page's own style and script, nothing else (Content-Security-Policy). */
  readonly nonce: string;
}

/** A whole document. */
export function Page({ title, mood, node, nonce, children }: PageProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href={icon(mood)} />
        <style nonce={nonce}>{raw(style)}</style>
        <noscript>
          <meta http-equiv="refresh" content="10" />
        </noscript>
      </head>
      <body>
        <a class="skip" href="#main">To the state of the node</a>
        <div class="top">
          <h1>
            <a href="/">{node}</a>
          </h1>
          <p id="live">
            <noscript>Loads itself again every 10 s</noscript>
          </p>
        </div>
        <p id="announcements" class="heard" aria-live="polite"></p>
        <Main title={title} mood={mood}>{children}</Main>
        <footer>
          <ul>
            <li>
              <a href="/status?pretty">Status as JSON</a>
            </li>
            <li>
              <a href="/metrics">Prometheus metrics</a>
            </li>
            <li>
              <a href="/healthz">Health</a>
            </li>
          </ul>
        </footer>
        <script nonce={nonce}>{raw(script)}</script>
      </body>
    </html>
  );
}

const ICON_COLOURS: Readonly<Record<Mood, string>> = {
  good: "0a6b35",
  warning: "c77700",
  critical: "b3141f",
};

function icon(mood: Mood): string {
  const shape = mood === "critical" ? "<path d='M2 2h12v12H2z'/>" : "<circle cx='8' cy='8' r='7'/>";
  return `data:image/svg+xml,${
    encodeURIComponent(
      `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='#${
        ICON_COLOURS[mood]
      }'>${shape}</svg>`,
    )
  }`;
}
