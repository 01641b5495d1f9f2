// The remaining time of a hold. Counts from the seconds that the server rendered, not from this device's
// clock, which may be wrong. Says the time aloud at five minutes, one minute and the end, not each second.

const SPOKEN: ReadonlyMap<number, string> = new Map([
  [300, "Осталось пять минут"],
  [60, "Осталась одна минута"],
  [0, "Время вышло"],
]);

export function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${String(minutes).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

export function startCountdown(root: ParentNode): void {
  const box = root.querySelector<HTMLElement>("[data-left]");
  if (!box) return;
  const clock = box.querySelector<HTMLElement>(".left-clock");
  const bar = box.querySelector<HTMLProgressElement>(".left-bar");
  const spoken = root.querySelector<HTMLElement>("[data-left-status]");
  const over = root.querySelector<HTMLElement>("[data-left-over]");
  const strip = stripAfter(root.querySelector<HTMLElement>(".talon"), root);
  const total = Number(box.dataset.left);
  const began = performance.now();
  let last = total + 1;

  const show = (): void => {
    const left = Math.max(0, Math.ceil(total - (performance.now() - began) / 1000));
    if (clock) clock.textContent = clockText(left);
    if (strip) strip.textContent = clockText(left);
    if (bar) bar.value = left;
    box.classList.toggle("left-short", left < 60);
    for (const [at, words] of SPOKEN) {
      if (spoken && last > at && left <= at) spoken.textContent = words;
    }
    last = left;
    if (left === 0) {
      if (over) over.hidden = false;
      window.clearInterval(timer);
    }
  };
  const timer = window.setInterval(show, 1000);
  show();
}

/** Makes the strip that shows the time once the талон is scrolled away; returns its clock. */
function stripAfter(talon: HTMLElement | null, root: ParentNode): HTMLElement | null {
  const time = talon?.querySelector(".talon-time")?.textContent;
  if (!talon || !time || !("IntersectionObserver" in window)) return null;
  const strip = document.createElement("p");
  strip.className = "left-strip";
  strip.hidden = true;
  strip.setAttribute("aria-hidden", "true");
  const clock = document.createElement("b");
  strip.append(`Держим ${time}, осталось `, clock);
  root.querySelector("body")?.append(strip);
  new IntersectionObserver(([entry]) => {
    strip.hidden = !entry || entry.isIntersecting || entry.boundingClientRect.top > 0;
  }).observe(talon);
  return clock;
}
