/**
 * The script of every page: listens to `/events` and puts the parts in place that the server renders anew.
 *
 * The page is complete without it. It keeps what the reader does (scroll, selection, focus, text in the filter) because
 * only nodes that differ are touched.
 */

/** JavaScript for browsers of 2020 and later. It holds no template literal and no closing script tag. */
export const script = `
"use strict";
(() => {
  const main = document.querySelector("main");
  const live = document.getElementById("live");
  const announcements = document.getElementById("announcements");
  const icon = document.querySelector("link[rel=icon]");
  const SILENCE = 15000;
  let heard = Date.now(), typing = 0, changes = [];
  let fetching = false, resting = false, again = false, hurry = false;

  function alive() {
    heard = Date.now();
    if (document.documentElement.dataset.live === "no") announcements.textContent = "Connection restored";
    document.documentElement.dataset.live = "yes";
    live.textContent = "Live, updated " + new Date().toLocaleTimeString("en-GB");
    document.title = main.dataset.title;
  }

  function lost() {
    if (document.documentElement.dataset.live !== "no") announcements.textContent = "Connection lost";
    document.documentElement.dataset.live = "no";
    live.textContent = "NOT LIVE: no word from the node since " + new Date(heard).toLocaleTimeString("en-GB") +
      "; below is what it said then";
    document.title = "NOT LIVE " + main.dataset.title;
  }

  async function refresh(urgent) {
    if (fetching || (resting && urgent !== true)) {
      again = true; hurry ||= urgent === true;
      return;
    }
    fetching = true; again = false; hurry = false;
    const started = performance.now();
    try {
      show(await load());
    } catch {
      lost();
    }
    fetching = false;
    if (hurry) return refresh(true);
    rest(performance.now() - started);
  }

  async function load() {
    const signal = AbortSignal.timeout(SILENCE);
    const response = await fetch(location.href, { headers: { "Ha-Fragment": "1" }, signal });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page.querySelector("main");
    if (next === null) throw new Error("no page");
    alive();
    return next;
  }

  // A page of 1,000 instances is not asked for again and again: nine tenths of the time are left to the node.
  function rest(took) {
    resting = true;
    setTimeout(() => { resting = false; if (again) refresh(); }, Math.min(5000, Math.max(100, 9 * took)));
  }

  function show(next) {
    const before = main.querySelector(".verdict")?.textContent;
    patch(main, next);
    document.title = main.dataset.title;
    icon.href = main.dataset.icon;
    const verdict = main.querySelector(".verdict")?.textContent;
    tell(changes, verdict === before ? "" : verdict);
    for (const { name } of changes) {
      document.getElementById("i-" + encodeURIComponent(name))?.classList.add("flash");
    }
    changes = [];
  }

  function tell(changes, verdict) {
    const first = changes.slice(0, 3).map((c) => c.name + " is " + c.state.toUpperCase() + ". " + c.reason + ".");
    const more = changes.length > 3 ? ["And " + (changes.length - 3) + " more."] : [];
    const text = [...first, ...more, verdict].join(" ").trim();
    if (text !== "") announcements.textContent = text;
  }

  function patch(have, want) {
    if (have.isEqualNode(want)) return;
    if (have.nodeType !== Node.ELEMENT_NODE) { have.nodeValue = want.nodeValue; return; }
    patchAttributes(have, want);
    let at = have.firstChild;
    for (const child of [...want.childNodes]) {
      let match = at;
      if (child.id && (at === null || at.id !== child.id)) {
        match = have.querySelector(":scope > #" + CSS.escape(child.id));
        if (match !== null) have.insertBefore(match, at);
      }
      if (match === null || match.nodeName !== child.nodeName || (match.id || "") !== (child.id || "")) {
        have.insertBefore(child, at);
        continue;
      }
      patch(match, child);
      at = match.nextSibling;
    }
    while (at !== null) { const next = at.nextSibling; at.remove(); at = next; }
  }

  function patchAttributes(have, want) {
    for (const { name } of [...have.attributes]) {
      if (!want.hasAttribute(name)) have.removeAttribute(name);
    }
    for (const { name, value } of want.attributes) {
      if (have.getAttribute(name) !== value) have.setAttribute(name, value);
    }
  }

  function listen() {
    const events = new EventSource("/events");
    events.addEventListener("open", refresh);
    events.addEventListener("status", (event) => {
      heard = Date.now();
      changes.push(...JSON.parse(event.data).changed);
      refresh();
    });
    events.addEventListener("silence", refresh);
    events.addEventListener("error", () => {
      lost();
      if (events.readyState !== EventSource.CLOSED) return;
      setTimeout(listen, 3000);
    });
  }

  document.addEventListener("input", (event) => {
    if (event.target.name !== "q") return;
    const url = new URL(location.href);
    if (event.target.value === "") url.searchParams.delete("q");
    else url.searchParams.set("q", event.target.value);
    history.replaceState(null, "", url);
    clearTimeout(typing);
    typing = setTimeout(refresh, 150, true);
  });
  setInterval(() => { if (Date.now() - heard > SILENCE) lost(); }, 1000);
  listen();
})();
`;
