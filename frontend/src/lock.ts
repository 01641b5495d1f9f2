// Covers the page when its session has been idle, and keeps what is typed in it. The server decides: this module
// only asks it when the time has come, says that somebody is typing, and holds a form back until the lock is open.
import { knowsPasskeys, post, Refused, sentenceOf, usePasskey } from "./passkeys";

interface State {
  door: string;
  person?: string;
  idle_in?: number;
  pin?: boolean;
  passkey?: boolean;
  token?: string;
  /** When it was asked for, by the clock of this page: an answer that came late is as old as its question. */
  asked?: number;
}

const LOOK = 5_000;
const AWAKE = 60_000;
const OVER = "Сеанс завершён. Войдите в новой вкладке: эта страница сохранит то, что вы ввели.";

export function startLock(root: Document): void {
  const layer = root.querySelector<HTMLDialogElement>("dialog[data-lock]");
  if (layer) new Lock(root, layer).start();
}

class Lock {
  private seen = Date.now();
  private focus: Element | null = null;
  private held: { form: HTMLFormElement; by: HTMLElement | null } | undefined;
  private readonly idle: number;
  private readonly address: string;

  constructor(
    private readonly root: Document,
    private readonly layer: HTMLDialogElement,
  ) {
    this.idle = Number(layer.dataset.idle) * 1000;
    this.address = layer.dataset.lock ?? "";
  }

  start(): void {
    window.setInterval(() => void this.look(), LOOK);
    this.root.addEventListener("visibilitychange", () => void this.look());
    for (const kind of ["keydown", "pointerdown"]) this.root.addEventListener(kind, () => void this.wake(), true);
    this.root.addEventListener("submit", (event) => this.hold(event), true);
    this.layer.addEventListener("cancel", (event) => event.preventDefault());
    this.layer.addEventListener("close", () => this.isLocked && this.layer.showModal());
    this.on("[data-lock-pin]", async (form) => (await post(form, {})) as unknown as State);
    this.on("[data-lock-passkey]", async (form) => (await usePasskey(form)) as unknown as State);
  }

  private get isLocked(): boolean {
    return this.root.body.classList.contains("is-locked");
  }

  private get isDue(): boolean {
    return Date.now() - this.seen >= this.idle;
  }

  /** Asks how the session stands, when it may be idle or when somebody may have signed in in another tab. */
  private async look(): Promise<void> {
    if (this.isLocked ? this.root.hidden : !this.isDue) return;
    try {
      this.take(await this.ask("?live=1"));
    } catch {
      this.cover({ door: "locked" });
    }
  }

  /** Tells the server that somebody is at work here, once a minute at most. */
  private async wake(): Promise<void> {
    if (this.isLocked || this.isDue || Date.now() - this.seen < AWAKE) return;
    this.seen = Date.now();
    this.take(await this.ask("").catch(() => ({ door: "open" })));
  }

  private async ask(how: string): Promise<State> {
    const asked = Date.now();
    const answer = await fetch(`${this.address}${how}`, { cache: "no-store" });
    return { ...((await answer.json()) as State), asked };
  }

  private take(state: State): void {
    const isOurs = !state.person || state.person === this.layer.dataset.person;
    if ((state.door === "open" || state.door === "set_up") && isOurs) this.uncover(state);
    else this.cover(isOurs ? state : { door: "closed" });
  }

  private hold(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || this.layer.contains(form) || !(this.isDue || this.isLocked)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.held = { form, by: event.submitter };
    void this.look();
  }

  private cover(state: State): void {
    const isClosed = state.door !== "locked";
    this.part("[data-lock-pin]").hidden = isClosed || !state.pin;
    this.part("[data-lock-passkey]").hidden = isClosed || !state.passkey || !knowsPasskeys();
    this.part("[data-lock-pin] button").classList.toggle("button-second", !this.part("[data-lock-passkey]").hidden);
    this.part("[data-lock-sign-in]").hidden = !isClosed;
    if (isClosed) this.part("[data-lock-words]").textContent = OVER;
    if (state.token) this.renew(state.token);
    if (this.isLocked) return;
    this.focus = this.root.activeElement;
    this.root.body.classList.add("is-locked");
    this.layer.showModal();
  }

  private uncover(state: State): void {
    this.seen = (state.asked ?? Date.now()) - Math.max(0, this.idle - (state.idle_in ?? this.idle / 1000) * 1000);
    if (state.token) this.renew(state.token);
    if (!this.isLocked) return this.sendHeld();
    this.root.body.classList.remove("is-locked");
    this.layer.close();
    this.say("");
    if (this.focus instanceof HTMLElement) this.focus.focus({ preventScroll: true });
    this.sendHeld();
  }

  private sendHeld(): void {
    const held = this.held;
    this.held = undefined;
    held?.form.requestSubmit(held.by);
  }

  /** Puts the token of now into every form: a sign-in in another tab has made the page's own stale. */
  private renew(token: string): void {
    const fields = this.root.querySelectorAll<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
    for (const field of fields) field.value = token;
  }

  private on(name: string, open: (form: HTMLFormElement) => Promise<State>): void {
    const form = this.part(name) as HTMLFormElement;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      open(form)
        .then((state) => this.take(state))
        .catch((error: unknown) => this.refused(error))
        .finally(() => form.reset());
    });
  }

  private refused(error: unknown): void {
    this.say(sentenceOf(error));
    if (error instanceof Refused && error.code === "session_over") this.cover({ door: "closed" });
  }

  private say(words: string): void {
    this.part("[data-lock-status]").textContent = words;
  }

  private part(name: string): HTMLElement {
    const found = this.layer.querySelector<HTMLElement>(name);
    if (!found) throw new Error(`the lock has no ${name}`);
    return found;
  }
}
