/**
 * A Chromium to look at pages with: Debian's, through playwright-core. Nothing is downloaded.
 */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Hono } from "hono";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a test waits for something to appear, ms. */
const PATIENCE = 30_000;

/** The browser's executable; null where there is none. */
function findChromium(): string | null {
  const given = Deno.env.get("CHROMIUM");
  for (const path of given === undefined ? PATHS : [given]) {
    try {
      if (Deno.statSync(path).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

/** What a test is given: an open page, what it complained about, and the server behind it. */
export interface Visit {
  readonly page: Page;
  readonly address: string;
  /** Console messages of level warning and error, uncaught errors, failed requests. */
  readonly complaints: readonly string[];
  /** Cuts every connection and listens no more. */
  stopServer(): Promise<void>;
}

/**
 * Registers a test that opens a page of an app in a browser with a fresh profile; the test is skipped, and says so,
 * where there is no Chromium.
 */
export function browserTest(
  name: string,
  app: () => Pick<Hono, "fetch">,
  body: (visit: Visit) => Promise<void>,
  options: BrowserContextOptions & { readonly path?: string } = {},
): void {
  const executable = findChromium();
  if (executable === null) console.log(`skipped: ${name}: no Chromium here (apt install chromium)`);
  Deno.test({
    name,
    ignore: executable === null,
    // The browser's pipes are closed by playwright-core after its own bookkeeping.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const browser = await chromium.launch({ executablePath: executable!, args: FLAGS });
      try {
        await visit(browser, app(), body, options);
      } finally {
        await browser.close();
      }
    },
  });
}

async function visit(
  browser: Browser,
  app: Pick<Hono, "fetch">,
  body: (visit: Visit) => Promise<void>,
  { path = "/", ...options }: BrowserContextOptions & { readonly path?: string },
): Promise<void> {
  const stop = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal: stop.signal, onListen: () => {} },
    (request) => app.fetch(request),
  );
  const address = `http://127.0.0.1:${server.addr.port}`;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const complaints = listen(page);
  const stopServer = () => {
    stop.abort();
    return server.finished;
  };
  try {
    await page.goto(address + path);
    await body({ page, address, complaints, stopServer });
  } finally {
    await context.close();
    await stopServer();
  }
}

function listen(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("requestfailed", (request) => {
    // An event stream is cut when its page is left.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") complaints.push(`${request.url()} failed`);
  });
  return complaints;
}
