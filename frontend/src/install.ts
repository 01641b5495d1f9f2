// Offers to put the site among the device's programs: after a booking, and never before. The place is kept on the
// page from the first (`.install`), so that nothing moves; whoever has waved it away is not asked again.

const KEY = "install-hint";

interface InstallEvent extends Event {
  prompt(): Promise<void>;
  readonly userChoice: Promise<{ readonly outcome: "accepted" | "dismissed" }>;
}

export function startInstall(root: Document): void {
  const hint = root.querySelector<HTMLElement>("[data-install]");
  let asked: InstallEvent | undefined;
  const show = (how: string): void => {
    if (hint && !isWavedAway()) hint.dataset.install = how;
  };
  const waveAway = (): void => {
    show("");
    try {
      localStorage.setItem(KEY, "no");
    } catch {
      // Nothing can be kept here: it will be offered again.
    }
  };
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // the browser's own bar would come before a booking
    asked = event as InstallEvent;
    show("app");
  });
  window.addEventListener("appinstalled", () => show(""));
  hint?.querySelector("[data-install-no]")?.addEventListener("click", waveAway);
  hint?.querySelector("[data-install-go]")?.addEventListener("click", () => {
    if (asked) void answered(asked).then((isTaken) => (isTaken ? show("") : waveAway()));
  });
  if (isPhoneOfApple()) show("ios");
}

async function answered(asked: InstallEvent): Promise<boolean> {
  await asked.prompt();
  return (await asked.userChoice).outcome === "accepted";
}

/** Safari of iPhone and iPad, which asks nobody; false where the site was opened from the home screen. */
function isPhoneOfApple(): boolean {
  return (navigator as { standalone?: boolean }).standalone === false && navigator.maxTouchPoints > 1;
}

function isWavedAway(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}
