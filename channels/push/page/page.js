// Turns notifications on and off for this device.
"use strict";

const form = document.getElementById("choices");
const status = document.getElementById("status");
const start = document.getElementById("start");
const stop = document.getElementById("stop");
const on = start.textContent;

const say = (name) => { status.textContent = status.dataset[name]; };

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function worker() {
  const found = await navigator.serviceWorker.register("/push/sw.js");
  const waiting = found.installing || found.waiting;
  if (!found.active && waiting) {
    await new Promise((done) => waiting.addEventListener("statechange", () => waiting.state === "activated" && done()));
  }
  return found;
}

async function post(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

const chosen = (name) => [...form.elements[name] instanceof RadioNodeList ? form.elements[name] : [form.elements[name]]]
  .filter((box) => box.checked).map((box) => box.value);

function remember(ref, choices) {
  localStorage.setItem("push", JSON.stringify({ ref, ...choices }));
  // The worker has no localStorage; it needs the key when the browser renews the subscription.
  return caches.open("push").then((kept) => kept.put("/push/me", new Response(ref)));
}

function remembered() {
  return JSON.parse(localStorage.getItem("push") || "{}");
}

async function subscribe() {
  const choices = { regions: chosen("region"), level: chosen("level")[0], language: chosen("language")[0] };
  if (!choices.regions.length) return say("choose");
  if ((await Notification.requestPermission()) !== "granted") return say("denied");
  const found = await worker();
  const subscription = await subscribed(found.pushManager);
  const answer = await post("/push/subscribe", { ...choices, ref: remembered().ref || "", subscription });
  if (answer.status === 429) return say("busy");
  if (!answer.ok) return say("failed");
  await remember((await answer.json()).ref, choices);
  shown(true);
  return say("saved");
}

async function subscribed(manager) {
  const wish = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) };
  const old = await manager.getSubscription();
  try {
    return await manager.subscribe(wish);
  } catch (error) {
    // The broker's key is another one than it was.
    if (!old || error.name !== "InvalidStateError") throw error;
    await old.unsubscribe();
    return manager.subscribe(wish);
  }
}

async function unsubscribe() {
  const found = await worker();
  const subscription = await found.pushManager.getSubscription();
  if (subscription) {
    const answer = await post("/push/unsubscribe", { subscription });
    if (!answer.ok) return say("failed");
    await subscription.unsubscribe();
  }
  localStorage.removeItem("push");
  await caches.delete("push");
  shown(false);
  return say("stopped");
}

function shown(subscribed) {
  stop.hidden = !subscribed;
  start.textContent = subscribed ? start.dataset.save : on;
}

async function doing(work) {
  start.disabled = stop.disabled = true;
  say("working");
  try {
    await work();
  } catch {
    say("failed");
  } finally {
    start.disabled = stop.disabled = false;
  }
}

function restore(choices) {
  for (const [name, values] of [["region", choices.regions], ["level", [choices.level]], ["language", [choices.language]]]) {
    for (const box of form.querySelectorAll(`[name=${name}]`)) box.checked = values.includes(box.value);
  }
}

async function begin() {
  if (!window.isSecureContext) return say("insecure");
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return say("unsupported");
  form.hidden = false;
  form.addEventListener("submit", (event) => { event.preventDefault(); doing(subscribe); });
  stop.addEventListener("click", () => doing(unsubscribe));
  const found = await navigator.serviceWorker.getRegistration("/push/");
  const subscription = found && (await found.pushManager.getSubscription());
  const kept = remembered();
  if (kept.regions) restore(kept);
  shown(Boolean(subscription));
  // What the browser renewed while the broker could not be reached is said again here.
  if (subscription && kept.ref) post("/push/subscribe", { ref: kept.ref, renewed: true, subscription }).catch(() => {});
  return say(subscription ? "on" : Notification.permission === "denied" ? "denied" : "off");
}

begin().catch(() => say("failed"));
