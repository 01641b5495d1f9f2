// Notifications: a form with data-push (the key that a subscription is bound to) asks for the browser's leave once
// its button is tapped, and never before. Where the browser knows no push the form stays hidden.

import { post, sentenceOf } from "./passkeys";

const DENIED = "Уведомления этого сайта запрещены в\u00a0настройках браузера. Напоминания придут по\u00a0SMS.";
const UNANSWERED = "Браузер не\u00a0дал разрешения. Напоминания придут по\u00a0SMS.";
const ON = "Включено: напоминания будут на\u00a0экране этого устройства.";

export function startPush(root: Document): void {
  const form = root.querySelector<HTMLFormElement>("form[data-push]");
  if (form && "PushManager" in window && "serviceWorker" in navigator && "Notification" in window) void offer(form, root);
}

async function offer(form: HTMLFormElement, root: Document): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration();
  const known = await registration?.pushManager.getSubscription();
  if (known && (await isListed(known.endpoint, form, root))) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    void switchOn(form, root);
  });
}

/** Whether the page says that this browser is on; a page without a list takes the browser's word for it. */
async function isListed(endpoint: string, form: HTMLFormElement, root: Document): Promise<boolean> {
  if (form.dataset.pushStay !== undefined) return true;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  const mark = Array.from(digest.slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const badge = root.querySelector<HTMLElement>(`[data-push-mark="${mark}"] [data-push-this]`);
  if (badge) badge.hidden = false;
  return badge !== null;
}

async function switchOn(form: HTMLFormElement, root: Document): Promise<void> {
  const status = form.querySelector<HTMLElement>("[data-push-status]");
  if (status) status.textContent = "";
  try {
    const permission = await Notification.requestPermission();
    if (permission !== "granted") {
      if (status) status.textContent = permission === "denied" ? DENIED : UNANSWERED;
      return;
    }
    root.dispatchEvent(new Event("need-worker"));
    const { pushManager } = await navigator.serviceWorker.ready;
    await (await pushManager.getSubscription())?.unsubscribe();
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push ?? "") });
    const { endpoint, keys } = made.toJSON();
    const answer = await post(form, { endpoint: endpoint ?? "", p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" });
    if (form.dataset.pushStay === undefined) window.location.assign(String(answer.next));
    else say(form);
  } catch (error) {
    if (status) status.textContent = error instanceof DOMException ? UNANSWERED : sentenceOf(error);
  }
}

function say(form: HTMLFormElement): void {
  form.querySelector("button")?.remove();
  const said = form.querySelector<HTMLElement>("[data-push-said]");
  if (said) said.textContent = ON;
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const plain = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}
