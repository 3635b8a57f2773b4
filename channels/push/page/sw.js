// Shows what the push service brings, and tells the broker that it was shown and read.
"use strict";

const PAUSES = [0, 2000, 10000];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const note = read(event.data);
  if (note) event.waitUntil(show(note));
});

self.addEventListener("notificationclick", (event) => {
  const note = event.notification.data || {};
  event.notification.close();
  const opens = event.action !== "heard" && note.url;
  event.waitUntil(Promise.all([report(note, "confirmed"), opens && self.clients.openWindow(note.url)]));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

function read(data) {
  try {
    const note = data.json();
    return note && typeof note.title === "string" ? note : null;
  } catch {
    return null;
  }
}

async function show(note) {
  // What is over is wrong to show; and what is older than what is shown would take its place.
  if (note.expires && note.expires <= Date.now()) return;
  const shown = await self.registration.getNotifications({ tag: note.tag });
  if (shown.some((other) => other.data && note.sent && other.data.sent > note.sent)) return;
  await self.registration.showNotification(note.title, {
    body: note.body,
    lang: note.lang,
    tag: note.tag,
    renotify: true,
    requireInteraction: Boolean(note.report),
    vibrate: note.report ? [400, 150, 400, 150, 400] : [100],
    timestamp: note.sent || Date.now(),
    icon: "/push/icon.svg",
    data: note,
    actions: note.report ? actions(note) : [],
  });
  await report(note, "shown");
}

function actions(note) {
  const heard = { action: "heard", title: note.heard };
  return note.url ? [heard, { action: "open", title: note.open }] : [heard];
}

async function report(note, word) {
  if (!note.report) return;
  // The broker counts nobody as told meanwhile.
  await insist(() => fetch(`${note.report}/${word}`, { method: "POST", mode: "no-cors", credentials: "omit", keepalive: true }));
}

async function renew(event) {
  const kept = await (await caches.open("push")).match("/push/me");
  const old = event.oldSubscription;
  if (!kept || !(event.newSubscription || old)) return;
  const subscription = event.newSubscription || (await self.registration.pushManager.subscribe(old.options));
  const body = JSON.stringify({ ref: await kept.text(), renewed: true, subscription });
  await insist(async () => {
    const answer = await fetch("/push/subscribe", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    // A broker that is busy or away for a moment must not cost somebody their warnings.
    if (answer.status === 429 || answer.status >= 500) throw new Error(`not now: ${answer.status}`);
  });
}

async function insist(work) {
  for (const pause of PAUSES) {
    await new Promise((done) => setTimeout(done, pause));
    try {
      return await work();
    } catch {
      // The network or the broker may be back in a moment.
    }
  }
}
