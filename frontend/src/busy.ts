// Says that a tap was taken: a chip or a button shows a spinner, its neighbours wait. The form is sent by the
// browser itself; a page that comes back from the history is ready again.

const PATIENCE = 10_000;

export function startBusy(root: Document): void {
  root.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement)) return;
    if (root.body.dataset.sending) {
      event.preventDefault();
      return;
    }
    root.body.dataset.sending = "1";
    const words = button.dataset.busy;
    if (!words && !button.classList.contains("chip")) return;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.classList.add("is-busy");
    button.setAttribute("aria-busy", "true");
    if (words) button.textContent = words;
    const spinner = root.createElement("span");
    spinner.className = "spinner";
    spinner.setAttribute("aria-hidden", "true");
    button.prepend(spinner);
  });
  // An answer that never comes must not leave the page dead.
  root.addEventListener("submit", () => window.setTimeout(() => delete root.body.dataset.sending, PATIENCE));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
}
