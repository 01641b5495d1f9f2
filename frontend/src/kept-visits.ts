// Keeps visits for the page without a connection once the patient has asked for it, renews them with each look at
// «Мои записи», and forgets them with the session: by «Выйти», on a page for nobody signed in, for another session,
// and where the server says that the session is over, which any page of the site asks while something is kept.

import { forget, keep, kept, type KeptVisit } from "./kept";

const MARK = "/lk/mark/";
const GONE = 404;
const REFUSED = "Браузер не\u00a0даёт ничего сохранить: возможно, это приватное окно.";

export function startKeptVisits(root: Document): void {
  root.addEventListener(
    "submit",
    (event) => {
      if ((event.target as HTMLElement).matches("[data-leave]")) forget();
    },
    { capture: true },
  );
  const section = root.querySelector<HTMLElement>("[data-kept-mark]");
  if (root.body.dataset.nobody !== undefined) forget();
  else if (section) offer(section, root);
  else if (kept()) void ask();
}

/** Asks whose session it is. Without an answer (no connection, a failure) nothing is known, and nothing is forgotten. */
async function ask(): Promise<void> {
  try {
    const answer = await fetch(MARK, { redirect: "manual", cache: "no-store" });
    const isNobody = answer.type === "opaqueredirect" || answer.status === GONE;
    if (!isNobody && !answer.ok) return;
    const said = isNobody ? { mark: "" } : ((await answer.json()) as { mark: string });
    if (said.mark !== kept()?.mark) forget();
  } catch {
    return;
  }
}

function offer(section: HTMLElement, root: Document): void {
  const { keptMark: mark = "", keptVisits } = section.dataset;
  if (kept() && (kept()?.mark !== mark || keptVisits === undefined)) forget();
  section.hidden = false;
  if (keptVisits === undefined) return;
  const on = section.querySelector<HTMLElement>("[data-kept-on]");
  const off = section.querySelector<HTMLElement>("[data-kept-off]");
  const said = section.querySelector<HTMLElement>("[data-kept-said]");
  const save = (): boolean => keep({ mark, saved: Date.now(), visits: JSON.parse(keptVisits) as KeptVisit[] });
  const say = (words = ""): void => {
    const isOn = kept() !== null;
    if (on) on.hidden = isOn;
    if (off) off.hidden = !isOn;
    if (said) said.textContent = words;
  };
  on?.addEventListener("click", () => {
    const isSaved = save();
    if (isSaved) root.dispatchEvent(new Event("need-worker"));
    say(isSaved ? "Включено: записи видны и\u00a0без\u00a0связи." : REFUSED);
    off?.focus();
  });
  off?.addEventListener("click", () => {
    forget();
    say("Выключено: на\u00a0устройстве ничего нет.");
    on?.focus();
  });
  if (kept()) save();
  say();
}
