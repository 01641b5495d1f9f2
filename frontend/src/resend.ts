// «Отправить ещё раз»: the button counts the seconds down until another code may be asked for, then works. It
// counts from what the server rendered. Without this file it always works, and the server says when it is too soon.
import { clockText } from "./countdown";

export function startResend(root: ParentNode): void {
  const button = root.querySelector<HTMLButtonElement>("button[data-wait]");
  const words = button?.querySelector<HTMLElement>("[data-wait-words]");
  if (!button || !words) return;
  const spoken = root.querySelector<HTMLElement>("[data-wait-status]");
  const total = Number(button.dataset.wait);
  if (!total) return;
  const began = performance.now();

  const show = (): void => {
    const left = Math.max(0, Math.ceil(total - (performance.now() - began) / 1000));
    button.disabled = left > 0;
    words.textContent = left > 0 ? `Отправить ещё раз через\u00a0${clockText(left)}` : "Отправить ещё раз";
    if (left > 0) return;
    window.clearInterval(timer);
    if (spoken) spoken.textContent = "Код можно отправить ещё раз";
  };
  const timer = window.setInterval(show, 1000);
  show();
}
