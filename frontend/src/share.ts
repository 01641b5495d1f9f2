// An estimate on paper or by its link: what only a script can do is offered where the browser can do it. Without
// this there are the file, a letter, and the link in a field to be copied by hand.

const CAN: Record<string, () => boolean> = {
  print: () => true,
  share: () => "share" in navigator,
  copy: () => "clipboard" in navigator,
};

/** Shows the buttons of a piece of the page that this browser can keep. */
export function offerSharing(box: ParentNode): void {
  for (const [name, can] of Object.entries(CAN)) {
    for (const button of box.querySelectorAll<HTMLElement>(`[data-${name}]`)) button.hidden = !can();
  }
}

export function startShare(root: Document): void {
  offerSharing(root);
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("button") : null;
    if (!button) return;
    const link = root.querySelector<HTMLInputElement>("#share-link");
    if ("print" in button.dataset) window.print();
    else if (link && "share" in button.dataset) {
      void navigator.share({ title: root.title, url: link.value }).catch(() => undefined); // Closed by the reader.
    } else if (link && "copy" in button.dataset) void copy(link, button);
  });
}

async function copy(link: HTMLInputElement, button: HTMLElement): Promise<void> {
  link.select();
  try {
    await navigator.clipboard.writeText(link.value);
    button.textContent = "Ссылка скопирована";
  } catch {
    button.textContent = "Выделили ссылку: скопируйте её";
  }
}
