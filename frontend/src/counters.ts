// Outside counters of visits. The server names them (data-counter) only on pages for everybody and only to whoever
// agreed; the page's policy lets in nothing of them but a picture. What they learn is the address of the page,
// without its query, which may hold what a reader looked for.

export function pageAddress({ origin, pathname }: { origin: string; pathname: string }): string {
  return encodeURIComponent(origin + pathname);
}

export function startCounters(root: Document): void {
  for (const item of root.querySelectorAll<HTMLElement>("[data-counter]")) {
    const picture = new Image(1, 1);
    picture.referrerPolicy = "origin";
    picture.src = `${item.dataset.counter ?? ""}${pageAddress(window.location)}`;
  }
}
