"use strict";
// The page works without this file, loaded again by hand. With it, it changes by itself.

const page = document.documentElement;
const $ = (id) => document.getElementById(id);
const kept = {
  get: (name) => { try { return localStorage.getItem("newsletter." + name); } catch { return null; } },
  set: (name, value) => { try { localStorage.setItem("newsletter." + name, value); } catch { /* private window */ } },
};
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
let shownVersion = Number(page.dataset.version);
let run = null;
let asked = 0;
page.classList.add("scripted");

// --- The parts of the page -----------------------------------------------------------

function put(fresh, isByItself) {
  const focused = document.activeElement && document.activeElement.id;
  const open = new Set([...document.querySelectorAll("details[id][open]")].map((each) => each.id));
  const typed = $("filter")?.value;
  const parts = new Set([...document.querySelectorAll("[data-part]"), ...fresh.querySelectorAll("[data-part]")].map((each) => each.id));
  for (const id of parts) {
    const old = $(id), now = fresh.getElementById(id);
    // What did not change stays, so that nothing is announced twice.
    // What a button came to stays until the person does something else.
    if (id === "told" && isByItself && !now?.firstElementChild) continue;
    if (!old || !now || old.outerHTML === now.outerHTML) { if (!old !== !now) return false; continue; }
    old.replaceWith(document.adoptNode(now));
  }
  for (const each of document.querySelectorAll("details[id]")) if (open.has(each.id)) each.open = true;
  if (typed && $("filter")) { $("filter").value = typed; filter(); }
  if (focused && $(focused) && document.activeElement.id !== focused) $(focused).focus({ preventScroll: true });
  document.title = fresh.title;
  page.dataset.version = fresh.documentElement.dataset.version;
  shownVersion = Number(page.dataset.version);
  return true;
}

async function show(address, { push = false, answer = null, isByItself = false } = {}) {
  const mine = ++asked;
  // At once, and not when the answer comes: the next key builds on this one.
  if (push) history.pushState(null, "", address); else history.replaceState(null, "", address);
  try {
    answer ??= await fetch(address, { headers: { "X-Part": "page" } });
  } catch { return; }
  const text = await answer.text();
  if (mine !== asked) return; // a later one is on its way
  const fresh = new DOMParser().parseFromString(text, "text/html");
  // A page that waits for a letter goes to it once there is one; one whose letter is gone says so.
  if (!$("mail")) { if (fresh.getElementById("mail")) location.replace(answer.url); return; }
  if (!fresh.getElementById("mail")) { location.replace(address); return; }
  const mail = fresh.getElementById("mail");
  if (mail.dataset.frame && !$("mail").dataset.frame || !mail.dataset.frame && $("mail").dataset.frame) { location.reload(); return; }
  if (!put(fresh, isByItself)) { location.reload(); return; }
  $("mail").className = mail.className;
  if (mail.dataset.frame) frame(mail.dataset.frame);
  after();
}

// --- The frame: a new document is loaded out of sight and takes the old one's place ---

function fit(frame) {
  const inside = frame.contentDocument;
  if (!inside || !inside.documentElement || $("mail").classList.contains("gone")) return;
  const top = scrollY;
  frame.style.height = "0";
  const height = Math.max(inside.documentElement.scrollHeight, inside.body ? inside.body.scrollHeight : 0);
  frame.style.height = Math.min(Math.max(height, 200), 30000) + "px";
  if (scrollY !== top) scrollTo({ top, behavior: "instant" });
}

function settle(frame) {
  fit(frame);
  const inside = frame.contentDocument;
  if (!inside) return;
  for (const image of inside.images) if (!image.complete) image.addEventListener("load", () => fit(frame), { once: true });
  inside.addEventListener("keydown", onKey);
}

function frame(address) {
  const mail = $("mail");
  if (mail.dataset.frame === address) { settle(mail.querySelector("iframe:last-of-type")); return; }
  mail.dataset.frame = address;
  const old = mail.querySelector("iframe"), next = old.cloneNode(false);
  for (const waiting of mail.querySelectorAll("iframe.coming")) waiting.remove();
  next.className = "coming";
  next.src = address;
  next.addEventListener("load", () => {
    if (mail.dataset.frame !== address) { next.remove(); return; }
    const top = scrollY, hadFocus = document.activeElement === old;
    next.className = "";
    settle(next);
    if (hadFocus) next.focus({ preventScroll: true });
    old.remove();
    scrollTo({ top, behavior: "instant" });
  }, { once: true });
  mail.append(next);
}

function flash(line) {
  const inside = $("mail").querySelector("iframe")?.contentDocument;
  const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  // What stands between Liquid's tags is in the email as it was typed, and of a link its words are.
  const pieces = line.replace(/\]\([^)]*\)(\{[^}]*\})?/g, "]").split(/\{[{%].*?[%}]\}/).map(letters);
  const wanted = pieces.reduce((longest, each) => each.length > longest.length ? each : longest, "").slice(0, 40);
  if (!inside || wanted.length < 3) return false;
  const blocks = [...inside.querySelectorAll("p, h1, h2, h3, h4, li, td, a, img, blockquote")];
  const found = blocks.filter((each) => letters(each.alt || each.textContent).includes(wanted)).pop();
  if (!found) return false;
  found.scrollIntoView({ block: "center", behavior: calm ? "instant" : "smooth" });
  const before = found.style.outline;
  found.style.outline = "3px solid #d9822b";
  found.style.outlineOffset = "3px";
  setTimeout(() => { found.style.outline = before; found.style.outlineOffset = ""; }, 1600);
  return true;
}

// --- Choices: buttons and the reader ------------------------------------------------------

function changed(name, value) {
  const asks = new URLSearchParams(location.search);
  asks.delete("told");
  asks.set(name, value);
  kept.set(name, value);
  return location.pathname + "?" + asks;
}

const choose = (name, value) => show(changed(name, value));
const chosen = (name) => new URLSearchParams(location.search).get(name) ?? document.querySelector(`#tools [name=${name}][aria-pressed=true]`)?.value;

document.addEventListener("click", async (event) => {
  const target = event.target.closest("button, a");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (target.closest("#tools") && target.name) {
    event.preventDefault();
    choose(target.name, target.value);
  } else if (target.matches("#list a[href^='/issues/']:not(#new)")) {
    event.preventDefault();
    show(target.getAttribute("href"), { push: true });
  } else if (target.matches("a.place")) {
    event.preventDefault();
    const line = Number(target.dataset.line);
    if (chosen("view") === "email" && flash(await lineOf(line))) return;
    await show(changed("view", "source"));
    location.hash = "";
    location.hash = "L" + line;
  } else if (target.matches("#schedule, #new, #new-from-this, dialog .close")) {
    event.preventDefault();
    if (target.matches(".close")) $("paper").close(); else paper(target.getAttribute("href"));
  } else if (target.dataset.copy) {
    copy(target);
  } else if (target.id === "keys-open") $("keys").showModal();
  else if (target.id === "keys-close") $("keys").close();
});

document.addEventListener("change", (event) => {
  if (event.target.id === "as") choose("as", event.target.value);
  if (event.target.id === "keys-on") kept.set("keys", event.target.checked ? "on" : "off");
});

document.addEventListener("input", (event) => { if (event.target.id === "filter") filter(); });

function filter() {
  const words = $("filter").value.toLowerCase();
  for (const each of document.querySelectorAll("#list li")) each.hidden = !each.textContent.toLowerCase().includes(words);
  for (const each of document.querySelectorAll("#list section")) each.hidden = !each.querySelector("li:not([hidden])");
}

async function lineOf(number) {
  const answer = await fetch(changed("view", "source"), { headers: { "X-Part": "page" } });
  kept.set("view", "email");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  return fresh.querySelector(`#L${number} code`)?.textContent || "";
}

async function copy(button) {
  const text = await (await fetch(button.dataset.copy)).text();
  const words = button.firstChild.textContent;
  try { await navigator.clipboard.writeText(text); button.firstChild.textContent = "Copied "; }
  catch { button.firstChild.textContent = "Not allowed by the browser "; }
  setTimeout(() => { button.firstChild.textContent = words; }, 1500);
}

// --- Forms stand on pages of their own; here they come in a dialog -------------------------

async function paper(address) {
  try { fill(await (await fetch(address)).text()); } catch { location.assign(address); }
}

function fill(text) {
  const main = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  const sheet = document.createElement("div");
  sheet.className = "sheet";
  sheet.append(...document.adoptNode(main).childNodes);
  $("paper").replaceChildren(sheet);
  if (!$("paper").open) $("paper").showModal();
  $("paper").querySelector("input:not([type=hidden])")?.focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.closest("#paper")) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form));
  const isPost = form.method === "post";
  if (isPost) fields.set("view", location.search.slice(1));
  const address = form.getAttribute("action") + (isPost ? "" : "?" + fields);
  let answer;
  try { answer = await fetch(address, isPost ? { method: "POST", body: fields } : {}); } catch { form.submit(); return; }
  if (!answer.redirected) { fill(await answer.text()); return; }
  $("paper").close();
  const to = new URL(answer.url);
  show(to.pathname + to.search, { push: to.pathname !== location.pathname, answer });
});

// --- Keys ----------------------------------------------------------------------------------

function step(by) {
  const letters = [...document.querySelectorAll("#list li:not([hidden]) a")];
  const at = letters.findIndex((each) => new URL(each.href).pathname === location.pathname);
  const next = letters[Math.min(Math.max(at + by, 0), letters.length - 1)];
  if (next) { next.click(); next.scrollIntoView({ block: "nearest" }); }
}

const after_light = { light: "dark", dark: "forced", forced: "light" };
const keys = {
  j: () => step(1), k: () => step(-1),
  1: () => choose("view", "email"), 2: () => choose("view", "text"),
  3: () => choose("view", "source"), 4: () => choose("view", "headers"),
  p: () => choose("width", "phone"), w: () => choose("width", "desktop"),
  d: () => choose("scheme", after_light[chosen("scheme")]),
  i: () => $("images")?.click(),
  r: () => { const as = $("as"); if (as) { as.selectedIndex = (as.selectedIndex + 1) % as.options.length; choose("as", as.value); } },
  t: () => $("test")?.click(), s: () => $("schedule")?.click(), n: () => $("new")?.click(),
  c: () => $("copy-html")?.click(), "/": () => $("filter")?.focus(), "?": () => $("keys").showModal(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (event.key === "Escape" && target.id === "filter") { target.value = ""; target.dispatchEvent(new Event("input", { bubbles: true })); target.blur(); return; }
  if (target.matches?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && target.closest?.("#list")) {
    event.preventDefault();
    const letters = [...document.querySelectorAll("#list li:not([hidden]) a")];
    letters[letters.indexOf(target.closest("a")) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    return;
  }
  if (kept.get("keys") === "off") return;
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
}
document.addEventListener("keydown", onKey);

// --- Live ------------------------------------------------------------------------------------

function say(words, state) {
  $("live").className = "live " + state;
  if ($("live-words").textContent !== words) $("live-words").textContent = words;
}

// A browser has six connections to one address: a page that nobody sees keeps none of them.
let events = null;

function listen() {
  if (events || document.hidden) return;
  events = new EventSource("/preview/events");
  events.addEventListener("hello", (event) => {
    const hello = JSON.parse(event.data);
    if (run && run !== hello.run) { location.reload(); return; } // the program was started anew
    run = hello.run;
    say("live", "on");
    if (hello.version !== shownVersion) show(here(), { isByItself: true });
  });
  events.addEventListener("changed", (event) => {
    const news = JSON.parse(event.data);
    if (news.version === shownVersion) return;
    show(here(), { isByItself: true }).then(() => say("updated " + news.at + (news.words ? ", " + news.words : ""), "on"));
  });
  events.addEventListener("error", () => {
    say("reconnecting…", "off");
    if (events && events.readyState === EventSource.CLOSED) { events = null; setTimeout(listen, 2000); }
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && events) { events.close(); events = null; } else listen();
});
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
addEventListener("pagehide", () => { if (events) { events.close(); events = null; } });

const here = () => { const asks = new URLSearchParams(location.search); asks.delete("told"); const words = asks.toString(); return location.pathname + (words ? "?" + words : ""); };

function largest() {
  const place = $("largest");
  if (!place || place.dataset.for === page.dataset.version) return;
  place.dataset.for = page.dataset.version;
  fetch(place.dataset.size).then((answer) => answer.ok ? answer.json() : null).then((found) => {
    if (found && found.bytes) place.textContent = `largest version ${(found.bytes / 1000).toFixed(1)} kB, for ${found.reader}`;
  }).catch(() => {});
}

function after() {
  largest();
}

function start() {
  if (!$("mail")) { listen(); return; }
  $("keys-on").checked = kept.get("keys") !== "off";
  if (innerWidth < 900) $("fold-list").open = false;
  const first = document.querySelector("#mail iframe");
  if (first) {
    first.addEventListener("load", () => settle(first), { once: true });
    if (first.contentDocument?.readyState === "complete") settle(first);
    const width = kept.get("free");
    if (width) $("mail").style.setProperty("--free", width);
    new ResizeObserver(() => {
      if ($("mail").classList.contains("free")) kept.set("free", $("mail").offsetWidth + "px");
      fit($("mail").querySelector("iframe"));
    }).observe($("mail"));
    const asks = new URLSearchParams(location.search);
    const usual = ["width"].filter((name) => kept.get(name) && !asks.has(name));
    if (usual.length) { for (const name of usual) asks.set(name, kept.get(name)); show(location.pathname + "?" + asks); }
  }
  addEventListener("popstate", () => show(location.pathname + location.search));
  after();
  listen();
}
start();
