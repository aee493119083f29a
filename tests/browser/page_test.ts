import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Status } from "../../core/engine/status.ts";
import { createApp } from "../../web/app.tsx";
import {
  events,
  faultInstance,
  FixtureSource,
  healthyStatus,
  manyInstances,
  NOW,
  troubledStatus,
} from "../web/fixtures.ts";
import { eventually } from "../lab/eventually.ts";
import { directorStatus, manyServices } from "../web/service_fixtures.ts";
import { browserTest } from "./chromium.ts";
import { faintTexts } from "./contrast.ts";
import { Wire } from "./wire.ts";

/** What phones and both colour schemes must show well. */
const PAGES: Readonly<Record<string, Status>> = {
  cards: troubledStatus(),
  rows: manyInstances(60, 17),
  "virtual servers": directorStatus(),
  "rows of virtual servers": manyServices(60, 4),
};

function appOf(source: FixtureSource, heartbeat = 60_000) {
  return createApp(source, { now: () => NOW, heartbeat });
}

/** Waits until the page has put its first live part in place. */
async function live(page: Page): Promise<void> {
  await page.waitForSelector('html[data-live="yes"]');
}

function names(page: Page): Promise<readonly string[]> {
  return page.locator("article h3, tbody th a").allTextContents();
}

/** Waits until exactly these are shown: a click ends before the page that it leads to is there. */
async function shows(page: Page, expected: readonly string[]): Promise<void> {
  const same = (found: readonly string[]) => found.join() === expected.join();
  assert.deepEqual(await eventually(() => names(page).catch(() => []), same), expected);
}

/** Waits until the table has exactly so many rows. */
async function rows(page: Page, count: number): Promise<void> {
  const found = page.locator(".instances tbody tr");
  await found.nth(count - 1).waitFor();
  await found.nth(count).waitFor({ state: "detached" });
}

function failing(status: Status): Status {
  const [first, ...rest] = status.instances;
  return { ...status, instances: [faultInstance({ name: first!.name }), ...rest], events };
}

browserTest("the page shows every state in its own colour, and complains about nothing", () => {
  return appOf(new FixtureSource(troubledStatus()));
}, async ({ page, complaints }) => {
  await live(page);
  assert.deepEqual(await page.locator("article .state").allTextContents(), [
    "MASTER",
    "FAULT",
    "MASTER",
    "BACKUP",
  ]);
  const colours = await page.evaluate(
    `[...document.querySelectorAll("article .state")].map((element) => getComputedStyle(element).color)`,
  ) as string[];
  assert.equal(new Set(colours).size, 3);
  assert.equal(await page.title(), "✕ fw1");
  assert.deepEqual(complaints, []);
});

const changing = new FixtureSource(healthyStatus());
browserTest(
  "the page follows a change without loading anew",
  () => appOf(changing),
  async ({ page, complaints }) => {
    await live(page);
    await changing.whenListeners(1);
    await page.evaluate("globalThis.mark = document.querySelector('#i-VI_WAN')");
    assert.equal(await page.locator("#i-VI_LAN .state").textContent(), "MASTER");
    changing.publish(failing(healthyStatus()));
    await page.locator("#i-VI_LAN.fault .state", { hasText: "FAULT" }).waitFor();
    const announcement = page.locator("#announcements", {
      hasText: "VI_LAN is FAULT. Script chk_haproxy failed",
    });
    await announcement.waitFor({ state: "attached" });
    assert.equal(await page.locator("#announcements").getAttribute("aria-live"), "polite");
    assert.match((await page.locator("#i-VI_LAN").getAttribute("class"))!, / flash$/);
    assert.ok(
      await page.locator(".events").textContent().then((text) => text!.includes("MASTER → FAULT")),
    );
    assert.equal(await page.title(), "! fw1");
    assert.deepEqual(await names(page), ["VI_LAN", "VI_WAN"]);
    // The same document, and the same element where nothing changed.
    assert.equal(await page.evaluate("globalThis.mark === document.querySelector('#i-VI_WAN')"), true);
    assert.deepEqual(complaints, []);
  },
);

const reordered = new FixtureSource(healthyStatus());
browserTest("the page moves, adds and removes instances", () => appOf(reordered), async ({ page }) => {
  await live(page);
  await reordered.whenListeners(1);
  const [lan, wan] = healthyStatus().instances;
  const fresh = faultInstance({ name: "VI_NEW" });
  reordered.publish(healthyStatus({ instances: [lan!, wan!, fresh] }));
  await page.locator("#i-VI_NEW").waitFor();
  assert.deepEqual(await names(page), ["VI_NEW", "VI_LAN", "VI_WAN"]);
  reordered.publish(healthyStatus({ instances: [wan!, fresh] }));
  await page.locator("#i-VI_LAN").waitFor({ state: "detached" });
  assert.deepEqual(await names(page), ["VI_NEW", "VI_WAN"]);
});

browserTest("the filter narrows the list while one types, and keeps the focus", () => {
  return appOf(new FixtureSource(manyInstances(1000, 97)), 300);
}, async ({ page, complaints }) => {
  await live(page);
  assert.equal((await names(page)).length, 1000);
  const box = page.getByLabel("Filter instances");
  await box.pressSequentially("eth0.119");
  await rows(page, 50);
  assert.equal(await box.inputValue(), "eth0.119");
  assert.equal(await page.evaluate("document.activeElement.id"), "q");
  assert.match(page.url(), /\?q=eth0\.119$/);
  // A later message of the node does not undo it.
  await page.waitForResponse((response) => response.request().headers()["ha-fragment"] !== undefined);
  assert.equal((await names(page)).length, 50);
  await box.fill("");
  await rows(page, 1000);
  assert.deepEqual(complaints, []);
});

browserTest("a state can be picked, and an instance opened", () => {
  return appOf(new FixtureSource(troubledStatus()));
}, async ({ page, complaints }) => {
  await page.getByRole("link", { name: "1 FAULT" }).click();
  await shows(page, ["VI_DMZ"]);
  await live(page);
  await page.getByRole("article").getByRole("link", { name: "VI_DMZ" }).click();
  await page.getByText("VI_DMZ is FAULT").waitFor();
  await page.getByRole("link", { name: "All instances" }).click();
  await page.getByRole("link", { name: "4 instances" }).waitFor();
  assert.deepEqual(complaints, []);
});

browserTest("the page says when the node is gone", () => {
  return appOf(new FixtureSource(healthyStatus()));
}, async ({ page, stopServer }) => {
  await live(page);
  await stopServer();
  await page.waitForSelector('html[data-live="no"]');
  const text = await page.locator("#live").textContent();
  assert.match(text!, /^NOT LIVE: no word from the node since \d\d:\d\d:\d\d; below is what it said then$/);
  assert.equal(await page.locator("#announcements").textContent(), "Connection lost");
  assert.equal(await page.title(), "NOT LIVE fw1");
  assert.ok(!await page.locator(".verdict").isVisible(), "nobody knows whether all is well");
});

const cut = new Wire(appOf(new FixtureSource(healthyStatus())));
browserTest(
  "the page says when its event stream is cut, and comes back by itself",
  () => cut,
  async ({ page }) => {
    await live(page);
    cut.cut();
    await page.waitForSelector('html[data-live="no"]');
    cut.restore();
    await live(page);
    assert.ok(await page.locator(".verdict").isVisible());
    assert.equal(await page.title(), "fw1");
    assert.equal(await page.locator("#announcements").textContent(), "Connection restored");
  },
);

const silent = new FixtureSource(healthyStatus());
const silentWire = new Wire(appOf(silent));
browserTest("the page shows a silent engine", () => silentWire, async ({ page }) => {
  await live(page);
  silent.current = () => Promise.reject(new Error("the worker is gone"));
  silentWire.say("silence", { reason: "the worker is gone" });
  await page.getByRole("main").getByText("The engine could not answer: the worker is gone").waitFor();
  assert.equal(await page.title(), "✕ engine silent");
});

for (const [name, status] of Object.entries(PAGES)) {
  browserTest(`a phone 375 px wide shows ${name} without scrolling sideways`, () => {
    return appOf(new FixtureSource(status));
  }, async ({ page, complaints }) => {
    await live(page);
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 375);
    const wide = await page.evaluate(`[...document.querySelectorAll("main *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
      .map((element) => element.outerHTML.slice(0, 100))`);
    assert.deepEqual(wide, []);
    // No column may be squeezed to one letter a line.
    const tall = await page.evaluate(`[...document.querySelectorAll("td, tbody th, dd, time")]
      .filter((element) => element.getClientRects()[0]?.height > 40 * innerWidth / 60)
      .map((element) => element.textContent)`);
    assert.deepEqual(tall, []);
    assert.deepEqual(complaints, []);
  }, { viewport: { width: 375, height: 800 } });
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const [name, status] of Object.entries(PAGES)) {
    browserTest(`every text of the ${name} can be read in the ${colorScheme} scheme`, () => {
      return appOf(new FixtureSource(status));
    }, async ({ page }) => {
      await live(page);
      assert.deepEqual(await faintTexts(page), []);
      const background = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      assert.equal(background, colorScheme === "dark" ? "rgb(16, 19, 24)" : "rgb(244, 245, 247)");
    }, { colorScheme });
  }
}

browserTest("the page is whole without a script", () => {
  return appOf(new FixtureSource(troubledStatus()));
}, async ({ page }) => {
  assert.deepEqual(await names(page), ["VI_SPLIT", "VI_DMZ", "VI_LAN", "VI_WAN"]);
  assert.equal(await page.locator("#live").innerText(), "Loads itself again every 10 s");
  assert.equal(await page.locator("meta[http-equiv=refresh]").getAttribute("content"), "10");
  await page.getByLabel("Filter instances").fill("wan");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.waitForURL(/\?q=wan$/);
  await shows(page, ["VI_WAN"]);
}, { javaScriptEnabled: false });

browserTest("a name that is markup stays a name", () => {
  const name = `<script>document.title="owned"</script><img src=x onerror='document.title="owned"'>`;
  return appOf(new FixtureSource(healthyStatus({ instances: [faultInstance({ name })] })));
}, async ({ page, complaints }) => {
  await live(page);
  assert.match((await names(page))[0]!, /^<script>document\.title="owned"<\/script><img /);
  assert.equal(await page.title(), "! fw1");
  assert.deepEqual(complaints, []);
});

browserTest("the page has a heading, landmarks and named controls", () => {
  return appOf(new FixtureSource(troubledStatus()));
}, async ({ page }) => {
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
  assert.equal(await page.getByRole("main").count(), 1);
  assert.equal(await page.getByRole("search").count(), 1);
  assert.equal(await page.getByRole("article").count(), 4);
  for (const name of ["Alarms", "Events (UTC)", "Sync groups", "Track scripts", "Interfaces", "This node"]) {
    const pattern = name.startsWith("Events") ? /^Events/ : name;
    assert.equal(await page.getByRole("region", { name: pattern }).count(), 1, name);
  }
  const empty = await page.evaluate(`[...document.querySelectorAll("a, button, input")]
    .filter((element) => !(element.labels?.length || element.textContent.trim() || element.type === "hidden")).length`);
  assert.equal(empty, 0);
  const ids = await page.evaluate(
    "[...document.querySelectorAll('[id]')].map((element) => element.id)",
  ) as string[];
  assert.equal(new Set(ids).size, ids.length);
});

const balancing = new FixtureSource(directorStatus());
browserTest("a virtual server can be picked and opened, and its real servers filtered", () => {
  return appOf(balancing, 300);
}, async ({ page, complaints }) => {
  await live(page);
  await page.getByRole("link", { name: "1 DEGRADED" }).click();
  await live(page);
  await page.getByRole("article").getByRole("link", { name: "[192.0.2.10]:tcp:443" }).click();
  await live(page);
  await page.getByText("[192.0.2.10]:tcp:443 is DEGRADED").waitFor();
  const servers = page.locator(".servers tbody tr");
  assert.equal(await servers.count(), 3);
  assert.match((await servers.first().textContent())!, /^DOWN10\.0\.0\.12:443/);
  const box = page.getByLabel("Filter real servers");
  await box.pressSequentially("etimedout");
  await servers.nth(1).waitFor({ state: "detached" });
  assert.match((await servers.first().textContent())!, /10\.0\.0\.13:443/);
  assert.equal(await page.evaluate("document.activeElement.id"), "q");
  await page.getByRole("link", { name: "1 DOWN" }).click();
  await live(page);
  assert.deepEqual(complaints, []);
});

browserTest("the pages of a long list can be turned by keyboard", () => {
  return appOf(new FixtureSource(manyServices(250, 1)));
}, async ({ page, complaints }) => {
  await live(page);
  const pages = page.getByRole("navigation", { name: "Pages of virtual servers" });
  await pages.getByRole("link", { name: "Next" }).focus();
  await page.keyboard.press("Enter");
  await pages.getByText("Page 2 of 3").waitFor();
  assert.equal(await page.locator(".services tbody tr").count(), 100);
  assert.deepEqual(complaints, []);
});

browserTest("the page of virtual servers has its landmarks, and no two elements of one id", () => {
  return appOf(new FixtureSource(directorStatus()));
}, async ({ page }) => {
  assert.equal(await page.getByRole("region", { name: "Virtual servers" }).count(), 1);
  assert.equal(await page.getByRole("navigation", { name: "Virtual servers by state" }).count(), 1);
  const ids = await page.evaluate(
    "[...document.querySelectorAll('[id]')].map((element) => element.id)",
  ) as string[];
  assert.equal(new Set(ids).size, ids.length);
});
