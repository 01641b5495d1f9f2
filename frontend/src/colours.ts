// Shows a clinic's hue while it is chosen: a slider beside the field, and the preview's stylesheet asked anew from
// the server, which computes it. The old one goes when the new one has come, so that nothing flickers.

const PAUSE = 120;

export function startColours(root: Document): void {
  const slider = root.querySelector<HTMLInputElement>("[data-hue]");
  const field = root.getElementById(slider?.dataset.hue ?? "") as HTMLInputElement | null;
  let sheet = root.querySelector<HTMLLinkElement>("link[data-colours]");
  if (!slider || !field || !sheet) return;
  const address = sheet.dataset.colours ?? "";
  let timer = 0;

  const show = (): void => {
    const next = root.createElement("link");
    next.rel = "stylesheet";
    next.href = field.value.trim() ? `${address}?hue=${encodeURIComponent(field.value.trim())}` : address;
    const old = sheet;
    next.addEventListener("load", () => old?.remove());
    root.head.append(next);
    sheet = next;
  };
  const later = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(show, PAUSE);
  };
  slider.value = field.value || "165";
  slider.hidden = false;
  slider.addEventListener("input", () => {
    field.value = slider.value;
    later();
  });
  field.addEventListener("input", () => {
    if (field.value.trim()) slider.value = field.value;
    later();
  });
  root.querySelector<HTMLElement>("[data-without-script]")?.setAttribute("hidden", "");
}
