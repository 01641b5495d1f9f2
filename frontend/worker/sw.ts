// What a reader sees without a connection. Only built files are kept, and one page that comes inside this script
// (the server puts OFFLINE before it). No other answer is ever stored: a page of yesterday would show times that
// are gone, and a visit to a doctor is nobody's business who borrows the phone.
export {};
declare const self: ServiceWorkerGlobalScope;
declare const OFFLINE: Readonly<{ version: string; files: readonly string[]; page: string; policy: string }>;

const CACHE = `site-${OFFLINE.version}`;

self.addEventListener("install", (event) => {
  event.waitUntil(keepFiles().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([dropOthers(), self.registration.navigationPreload?.enable()]));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (OFFLINE.files.includes(addressOf(request.url))) event.respondWith(file(request));
});

self.addEventListener("push", (event) => {
  event.waitUntil(show(event.data));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(ownAddress(String(event.notification.data ?? ""))));
});

/** What the server has encrypted for this browser; `token` is how it says that it has shown it. */
interface Told {
  title: string;
  text: string;
  link: string;
  tag: string;
  token: string;
}

/** Shows it, and only then says so: without that word the same comes by SMS. */
async function show(data: PushMessageData | null): Promise<void> {
  const told = read(data);
  if (!told) return self.registration.showNotification("Напоминание", { body: "Откройте сайт клиники.", lang: "ru" });
  const { title, text, link, tag } = told;
  await self.registration.showNotification(title, { body: text, tag, lang: "ru", data: link });
  await sayShown(told.token).catch(() => sayShown(told.token));
}

function read(data: PushMessageData | null): Told | null {
  try {
    return (data?.json() as Told | undefined) ?? null;
  } catch {
    return null;
  }
}

async function sayShown(token: string): Promise<void> {
  await fetch("/delivery/shown/", { method: "POST", body: token, credentials: "omit", referrerPolicy: "no-referrer" });
}

/** A page of this site; of an address that leads elsewhere its first page. */
function ownAddress(link: string): string {
  const { origin } = self.location;
  try {
    return new URL(link).origin === origin ? link : origin;
  } catch {
    return origin;
  }
}

function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin === self.location.origin ? pathname : "";
}

/** The pages before have loaded these files: the browser's own cache answers, and the network is not asked. */
async function keepFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(OFFLINE.files.map((name) => new Request(name, { cache: "force-cache" })));
}

async function dropOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

async function file(request: Request): Promise<Response> {
  const kept = await caches.open(CACHE).then((cache) => cache.match(addressOf(request.url)));
  return kept ?? fetch(request);
}

/** Always the network; a form that was sent is left to the browser, which can send it again. */
async function page(event: FetchEvent): Promise<Response> {
  try {
    const answer = (await event.preloadResponse) as Response | undefined;
    return answer ?? (await fetch(event.request));
  } catch {
    const headers = {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": OFFLINE.policy,
      "Cache-Control": "no-store",
    };
    return new Response(OFFLINE.page, { status: 503, headers });
  }
}
