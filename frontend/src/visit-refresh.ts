// A page that waits for the clinic's answer asks for the state and reloads itself once when it has changed.

interface VisitState {
  version: number;
  final: boolean;
}

export function startVisitRefresh(root: ParentNode): void {
  const box = root.querySelector<HTMLElement>("[data-refresh]");
  const address = box?.dataset.refresh;
  if (!box || !address) return;
  const shown = Number(box.dataset.version);
  const period = Number(box.dataset.every) * 1000;

  const ask = async (): Promise<void> => {
    try {
      const answer = await fetch(address, { cache: "no-store" });
      if (answer.ok) {
        const state = (await answer.json()) as VisitState;
        if (state.final || state.version !== shown) {
          window.location.reload();
          return;
        }
      }
    } catch {
      // No connection: ask again later.
    }
    window.setTimeout(() => void ask(), period);
  };
  window.setTimeout(() => void ask(), period);
}
