// The price list filters itself while one types, by the rule of the server: each word stands in the name or the
// code, whatever its case, «ё» as «е». A page that the server has filtered already is left to the form.

const normal = (text: string): string => text.toLowerCase().replace(/ё/g, "е").replace(/\s+/g, " ").trim();

export function fits(where: string, words: string): boolean {
  return normal(words)
    .split(" ")
    .every((word) => where.includes(word));
}

export function startPrices(root: Document): void {
  const form = root.querySelector<HTMLFormElement>("form[data-prices]");
  const box = form?.querySelector<HTMLInputElement>("[name=q]");
  const count = root.querySelector<HTMLElement>("[data-prices-count]");
  if (!form || !box || !count) return;
  const sections = [...root.querySelectorAll<HTMLElement>(".prices section")].map((section) => ({
    section,
    link: root.querySelector<HTMLElement>(`.prices-index a[href="#${section.id}"]`)?.parentElement,
    rows: [...section.querySelectorAll<HTMLTableRowElement>("tbody tr")].map((row) => ({
      row,
      text: normal(row.cells[0]?.textContent ?? ""),
    })),
  }));
  const all = count.textContent ?? "";

  const filter = (): void => {
    let found = 0;
    for (const { section, link, rows } of sections) {
      let here = 0;
      for (const { row, text } of rows) {
        row.hidden = !fits(text, box.value);
        if (!row.hidden) here += 1;
      }
      section.hidden = here === 0;
      if (link) link.hidden = here === 0;
      found += here;
    }
    count.textContent = box.value.trim() ? `Нашли: ${found}. Всего: ${all}` : all;
  };
  box.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A browser may bring the words back with the page.
  if (box.value) filter();
}
