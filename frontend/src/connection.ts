// Says when the connection is gone and when a form therefore was not sent, so that nothing typed is lost. The
// service worker (sw.ts) is asked for only by a reader who goes on to a second page: a first visit costs
// nothing for it.

import { workerAddress } from "./trusted";

const OLD = "Нет связи. Время на\u00a0странице могло измениться.";
const GONE = "Нет связи.";
const NOT_SENT = "Нет связи, мы\u00a0ничего не\u00a0отправили. Страница останется как есть: повторите, когда связь вернётся.";

export function startConnection(root: Document): void {
  const strip = root.createElement("p");
  strip.className = "offline-strip";
  strip.setAttribute("role", "status");
  root.body.prepend(strip);
  const say = (): void => {
    const words = root.querySelector("button.chip") ? OLD : GONE;
    strip.textContent = navigator.onLine ? "" : words;
  };
  window.addEventListener("offline", say);
  window.addEventListener("online", say);
  say();
  root.addEventListener(
    "submit",
    (event) => {
      if (navigator.onLine) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      strip.textContent = NOT_SENT;
    },
    { capture: true },
  );
  root.addEventListener("need-worker", () => void register());
  if ("serviceWorker" in navigator && root.referrer.startsWith(`${window.location.origin}/`)) {
    window.addEventListener("load", () => void register());
  }
}

async function register(): Promise<void> {
  try {
    await navigator.serviceWorker.register(workerAddress(), { updateViaCache: "all" });
  } catch {
    // A private window or a full disk: the site works without it.
  }
}
