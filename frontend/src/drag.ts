// A visit is dragged onto a free time of the schedule: what the page of its move asks next is the same as for
// whoever chose the time by a tap. Nothing is moved here.

export function startDrag(root: Document): void {
  const box = root.querySelector<HTMLElement>("[data-grid]");
  if (!box) return;
  let address: string | undefined;
  box.addEventListener("pointerdown", (event) => {
    const piece = closest(event.target, "[data-move]");
    if (piece) piece.draggable = true;
  });
  box.addEventListener("dragstart", (event) => {
    const piece = closest(event.target, "[data-move]");
    address = piece?.dataset.move;
    if (!piece || !address || !event.dataTransfer) return;
    // The name of a patient is no part of what other windows may take.
    event.dataTransfer.clearData();
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(piece, 8, 8);
    box.classList.add("is-dragging");
  });
  box.addEventListener("dragover", (event) => {
    if (address && closest(event.target, "button.piece-free")) event.preventDefault();
  });
  box.addEventListener("drop", (event) => {
    const free = closest(event.target, "button.piece-free");
    if (!address || !(free instanceof HTMLButtonElement)) return;
    event.preventDefault();
    window.location.assign(`${address}?slot=${encodeURIComponent(free.value)}`);
  });
  box.addEventListener("dragend", () => {
    address = undefined;
    box.classList.remove("is-dragging");
  });
}

function closest(target: EventTarget | null, which: string): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(which) : null;
}
