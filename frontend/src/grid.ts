// The schedule by keys: arrows go from cell to cell, with Shift from day to day; a sign opens what bears it (data-shortcut), M on a visit
// chooses it a new time, and the hour of the clock moves on by itself. Enter on a free cell holds its time: that is the browser's own.

const PERIOD = 15_000;
const ROW_MINUTES = 5;
const CELLS = ".grid-cells :is(a, button.piece)";

export function startGrid(root: Document): void {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyped(event.target)) return;
    if (root.querySelector("dialog[open]")) return;
    const link = root.querySelector<HTMLElement>(`[data-shortcut="${CSS.escape(signOf(event))}"]`);
    if (link) {
      event.preventDefault();
      link.click();
      return;
    }
    const box = root.querySelector<HTMLElement>("[data-grid]");
    const moved = event.code === "KeyM" ? document.activeElement?.closest<HTMLElement>("[data-move]") : null;
    if (moved?.dataset.move) {
      window.location.assign(moved.dataset.move);
      return;
    }
    const next = box && !event.shiftKey && step(box, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  startClock(root);
  for (const button of root.querySelectorAll<HTMLElement>("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

/** Returns how a shortcut names the key; the sign of the search is a full stop while the keyboard is Russian. */
function signOf(event: KeyboardEvent): string {
  if (event.shiftKey) return event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key;
  return event.code === "Slash" ? "/" : event.key;
}

function isTyped(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, select, textarea");
}

/** Returns the cell that an arrow leads to: within the column, or the nearest of the next one. */
function step(box: HTMLElement, key: string): HTMLElement | undefined {
  const columns = [...box.querySelectorAll<HTMLElement>(".grid-column")].map((column) => [
    ...column.querySelectorAll<HTMLElement>(CELLS),
  ]);
  const focused = document.activeElement;
  const at = columns.findIndex((cells) => cells.some((cell) => cell === focused));
  if (at < 0) return key.startsWith("Arrow") ? box.querySelector<HTMLElement>("button.piece-free") ?? columns.flat()[0] : undefined;
  const column = columns[at] ?? [];
  const place = column.findIndex((cell) => cell === focused);
  if (key === "ArrowDown") return column[place + 1];
  if (key === "ArrowUp") return column[place - 1];
  const beside = key === "ArrowRight" ? columns.slice(at + 1) : key === "ArrowLeft" ? columns.slice(0, at).reverse() : [];
  return nearest(beside.find((cells) => cells.length > 0) ?? [], column[place]);
}

function nearest(cells: readonly HTMLElement[], from: HTMLElement | undefined): HTMLElement | undefined {
  if (!from) return undefined;
  const top = from.getBoundingClientRect().top;
  const far = (cell: HTMLElement): number => Math.abs(cell.getBoundingClientRect().top - top);
  return [...cells].sort((one, two) => far(one) - far(two))[0];
}

/** Counts from the minute that the server rendered, not from this device's clock. */
function startClock(root: Document): void {
  const begun = new WeakMap<HTMLElement, { since: number; row: number; minute: number }>();
  window.setInterval(() => {
    for (const mark of root.querySelectorAll<HTMLElement>("[data-now]")) {
      const from = begun.get(mark) ?? {
        since: performance.now(),
        row: Number(mark.dataset.now),
        minute: Number(mark.dataset.minute),
      };
      begun.set(mark, from);
      const minutes = Math.floor((performance.now() - from.since) / 60_000);
      const minute = (from.minute + minutes) % 1440;
      const row = from.row + Math.floor(((from.minute % ROW_MINUTES) + minutes) / ROW_MINUTES);
      mark.className = `grid-now a${row}`;
      mark.textContent = `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
    }
  }, PERIOD);
}
