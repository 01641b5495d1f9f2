// The two questions that stop a person: cancelling a visit, and leaving a form with something typed. Without
// scripts the first is a page of its own and the second is not asked. The browser's own question at unload is
// not used: it can't say what would be lost.

const TYPED = "form[data-typed] :is(input:not([type=hidden], [type=checkbox], [type=radio]), textarea)";

export function startDialogs(root: Document): void {
  root.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const dialog = root.querySelector(`dialog#${target.closest<HTMLElement>("[data-dialog]")?.dataset.dialog}`);
    if (dialog instanceof HTMLDialogElement && isPlain(event)) {
      event.preventDefault();
      dialog.showModal();
    } else if (target.closest("[data-close]") || target instanceof HTMLDialogElement) {
      target.closest("dialog")?.close();
    }
  });
  if (root.querySelector("form[data-typed]")) askBeforeLeaving(root);
}

function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

function askBeforeLeaving(root: Document): void {
  const isTyped = (): boolean =>
    [...root.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(TYPED)].some((field) => field.value.trim());
  let isSettled = false;

  root.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || !isPlain(event)) return;
    const isElsewhere = link.origin === window.location.origin && link.pathname !== window.location.pathname;
    if (link.target || !isElsewhere || !isTyped()) return;
    event.preventDefault();
    ask(root, () => window.location.assign(link.href));
  });
  // In the capture, before busy.ts says that the form is on its way.
  root.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || isSettled || form.matches("[data-typed]") || !isTyped()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(root, () => {
        isSettled = true;
        form.requestSubmit(event.submitter);
      });
    },
    { capture: true },
  );
}

function ask(root: Document, leave: () => void): void {
  const dialog = root.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "leave-title");
  const title = root.createElement("h2");
  title.id = "leave-title";
  title.textContent = "Уйти и\u00a0не\u00a0сохранить введённое?";
  const words = root.createElement("p");
  words.textContent = "Форма ещё не\u00a0отправлена.";
  const go = button(root, "button button-danger button-wide", "Уйти");
  const stay = button(root, "button button-quiet button-wide", "Остаться");
  stay.autofocus = true;
  stay.dataset.close = "";
  go.addEventListener("click", () => {
    dialog.close();
    leave();
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(title, words, go, stay);
  root.body.append(dialog);
  dialog.showModal();
}

function button(root: Document, css: string, words: string): HTMLButtonElement {
  const made = root.createElement("button");
  made.type = "button";
  made.className = css;
  made.textContent = words;
  return made;
}
