// The page without a connection: shows what this device keeps of visits, with the hour at which it was saved.

import { forget, kept, type KeptVisit } from "./kept";

const SAVED: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };

function show(): void {
  const found = kept();
  const visits = found?.visits ?? [];
  one("[data-kept]").hidden = visits.length === 0;
  one("[data-kept-none]").hidden = visits.length > 0;
  one("[data-kept-saved]").textContent = new Date(found?.saved ?? 0).toLocaleString("ru", SAVED);
  one("[data-kept-list]").replaceChildren(...visits.map(line));
}

function line({ day, time, zone, where, phone }: KeptVisit): HTMLElement {
  const item = document.createElement("li");
  item.className = "own-past";
  const when = document.createElement("p");
  when.append(text("b", `${day}, ${time}`), zone ? ` (${zone})` : "");
  item.append(when, text("p", where));
  if (phone) {
    const call = text("a", phone) as HTMLAnchorElement;
    call.className = "list-link";
    call.href = `tel:${phone.replace(/[^+\d]/g, "")}`;
    item.append(call);
  }
  return item;
}

function text(tag: string, words: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}

function one(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(selector);
  return found;
}

// A clinic that books nobody has no such place.
if (document.querySelector("[data-kept]")) {
  one("[data-kept-off]").addEventListener("click", () => {
    forget();
    show();
  });
  window.addEventListener("storage", show);
  show();
}
