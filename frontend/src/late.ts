// Counts on how late a task is, in the words of `queue.ago`: a minute more changes nothing on the server, and
// the names of the queue are not opened anew for it. Counts from the seconds that the server rendered, not
// from this device's clock, which may be wrong.

const PERIOD = 15_000;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const DAYS: Readonly<Record<string, string>> = { one: "день", few: "дня" };
const plural = new Intl.PluralRules("ru");

export function startLate(root: Document): void {
  const due = new WeakMap<HTMLElement, number>();
  const show = (): void => {
    for (const clock of root.querySelectorAll<HTMLElement>("[data-late]")) {
      const then = due.get(clock) ?? performance.now() - Number(clock.dataset.late) * 1000;
      due.set(clock, then);
      const words = `опоздание ${ago(Math.floor((performance.now() - then) / 1000))}`;
      if (clock.textContent !== words) clock.textContent = words;
    }
  };
  show();
  window.setInterval(show, PERIOD);
}

export function ago(seconds: number): string {
  if (seconds < MINUTE) return "меньше минуты";
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}\u00a0мин`;
  if (seconds < DAY) {
    const minutes = Math.floor((seconds % HOUR) / MINUTE);
    return `${Math.floor(seconds / HOUR)}\u00a0ч${minutes ? ` ${minutes}\u00a0мин` : ""}`;
  }
  const days = Math.floor(seconds / DAY);
  return `${days}\u00a0${DAYS[plural.select(days)] ?? "дней"}`;
}
