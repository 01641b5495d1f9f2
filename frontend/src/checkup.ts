// The calculator of check-ups: tells the sum anew when an answer changes. Without this the form's button does.

import { offerSharing } from "./share";
import { showOwn } from "./trusted";

export function startCheckup(root: Document): void {
  const form = root.querySelector<HTMLFormElement>("form[data-checkup]");
  const box = root.querySelector<HTMLElement>("[data-estimate]");
  const status = root.querySelector<HTMLElement>("[data-estimate-status]");
  if (!form || !box) return;
  let asked = 0;

  form.addEventListener("change", () => {
    const turn = ++asked;
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") query.append(name, value);
    const address = `${form.getAttribute("action") ?? ""}?${query.toString()}`;
    void fetch(`${address}&live=1`, { cache: "no-store" })
      .then(async (answer) => {
        if (answer.status !== 200) return;
        const html = await answer.text();
        // An answer that is later than a newer question's is nobody's.
        if (turn !== asked) return;
        showOwn(box, html);
        offerSharing(box);
        window.history.replaceState(null, "", address);
        const total = box.querySelector("[data-total]")?.textContent;
        if (status) status.textContent = total ? `Итого: ${total}` : "";
      })
      .catch(() => undefined); // No connection: the button still asks the server.
  });
}
