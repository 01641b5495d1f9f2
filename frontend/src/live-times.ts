// Keeps the times of an open page true: asks every 15 s with the ETag of what is shown, and an unchanged
// schedule costs one 304. A hidden page does not ask; it asks at once when it is looked at again.

import { showOwn } from "./trusted";

const PERIOD = 15_000;

export function startLiveTimes(root: Document): void {
  const box = root.querySelector<HTMLElement>("[data-live]");
  const address = box?.dataset.live;
  if (!box || !address) return;
  const status = root.querySelector<HTMLElement>("[data-live-status]");
  let etag = `"${box.dataset.etag ?? ""}"`;
  let busy = false;

  const refresh = async (): Promise<void> => {
    if (busy || root.hidden) return;
    busy = true;
    try {
      const answer = await fetch(address, { headers: { "If-None-Match": etag }, cache: "no-store" });
      if (answer.status === 200) {
        etag = answer.headers.get("ETag") ?? etag;
        const words = replace(box, await answer.text()) || status?.dataset.liveWords;
        if (status && words) status.textContent = words;
      }
    } catch {
      // No connection: the page keeps what it shows, and the hold checks the time anyway.
    } finally {
      busy = false;
    }
  };
  window.setInterval(() => void refresh(), PERIOD);
  root.addEventListener("visibilitychange", () => void refresh());
  window.addEventListener("online", () => void refresh());
}

/**
 * Puts the new times in place; the focus stays on the same time if it is still there, a taken one is struck.
 * Returns what to say aloud, nothing where the times shown are the same: another day may have changed.
 */
function replace(box: HTMLElement, html: string): string {
  const focused = document.activeElement;
  const key = focused instanceof HTMLElement && box.contains(focused) ? focused.dataset.key : undefined;
  const before = chipsOf(box);
  showOwn(box, html);
  const words = mark(box, before);
  if (key) box.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  return words;
}

function chipsOf(box: HTMLElement): HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>(".chip[data-key], .chip-taken")];
}

/** Leaves each time that was lost struck where it stood, so that its neighbours stay, and lets new ones fade in. */
function mark(box: HTMLElement, before: readonly HTMLElement[]): string {
  const now = new Map(chipsOf(box).map((chip) => [chip.dataset.key, chip]));
  const known = new Set(before.map((chip) => chip.dataset.key));
  if (!before.some((chip) => now.has(chip.dataset.key))) return "Расписание обновилось";
  for (const [key, chip] of now) chip.classList.toggle("is-freed", !known.has(key));
  let next: HTMLElement | undefined;
  for (const chip of [...before].reverse()) {
    // One that was struck before and is free again stands in its place once more.
    const same = now.get(chip.dataset.key ?? chip.dataset.was);
    if (same) {
      next = same;
      continue;
    }
    const taken = document.createElement("s");
    taken.className = "chip chip-taken";
    taken.dataset.was = chip.dataset.key ?? chip.dataset.was;
    taken.textContent = chip.textContent;
    if (next) next.before(taken);
    else [...box.querySelectorAll(".chips")].pop()?.append(taken);
    next = taken;
  }
  return [
    said("Заняли", before.filter((chip) => chip.dataset.key && !now.has(chip.dataset.key))),
    said("Освободилось", [...now.values()].filter((chip) => !known.has(chip.dataset.key))),
  ].join("");
}

function said(what: string, chips: readonly HTMLElement[]): string {
  return chips.length ? `${what}: ${chips.map((chip) => chip.textContent).join(", ")}. ` : "";
}
