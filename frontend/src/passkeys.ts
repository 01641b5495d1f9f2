// Passkeys: a form with data-passkey="get" or "create" is answered by the browser's own dialog instead of being
// sent. One address asks and takes the answer; both are JSON. Without passkeys in the browser the form stays hidden.

interface Refusal {
  code: string;
  sentence: string;
}

type Fields = Record<string, unknown>;

const FAILED = "Не получилось. Попробуйте ещё раз.";
const STOPPED = "Браузер не подтвердил ключ. Попробуйте ещё раз.";

export class Refused extends Error {
  constructor(
    readonly code: string,
    sentence: string,
  ) {
    super(sentence);
  }
}

export const knowsPasskeys = (): boolean => typeof PublicKeyCredential === "function";

export function startPasskeys(root: Document): void {
  if (!knowsPasskeys()) return;
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      void answerIn(form, root);
    });
  }
}

async function answerIn(form: HTMLFormElement, root: Document): Promise<void> {
  const status = form.querySelector<HTMLElement>("[data-passkey-status]");
  if (status) status.textContent = "";
  try {
    const answer = await usePasskey(form);
    const kept = root.querySelector<HTMLFormElement>("form[data-kept]");
    if (kept) sendKept(kept);
    else window.location.assign(String(answer.next ?? window.location.href));
  } catch (error) {
    if (status) status.textContent = sentenceOf(error);
  }
}

/** Sends on what a locked page keeps: the form that was refused, or the way to the page that was asked for. */
function sendKept(form: HTMLFormElement): void {
  const address = form.dataset.kept ?? "/desk/";
  if (!form.elements.namedItem("unlock-form")) return window.location.assign(address);
  form.action = address;
  form.submit();
}

/** Asks at the form's address, lets the person touch their key, and returns what the server says then. */
export async function usePasskey(form: HTMLFormElement): Promise<Fields> {
  const options = await post(form, {});
  const challenge = options.publicKey as Fields;
  const made =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: creation(challenge) })
      : await navigator.credentials.get({ publicKey: request(challenge) });
  return post(form, { answer: JSON.stringify(written(made as PublicKeyCredential)) });
}

export function sentenceOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  return error instanceof DOMException ? STOPPED : FAILED;
}

/** Sends the form's fields and more. Where the server leads to a page instead, the browser goes there. */
export async function post(form: HTMLFormElement, more: Record<string, string>): Promise<Fields> {
  const body = new URLSearchParams(more);
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  if (answer.redirected) {
    window.location.assign(answer.url);
    return new Promise(() => {});
  }
  const said = (await answer.json()) as Fields;
  if (answer.ok) return said;
  const refusal = said as unknown as Refusal;
  throw new Refused(refusal.code, refusal.sentence);
}

function creation(options: Fields): PublicKeyCredentialCreationOptions {
  const user = options.user as Fields;
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: credentials(options.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
}

function request(options: Fields): PublicKeyCredentialRequestOptions {
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: credentials(options.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
}

function credentials(list: unknown): Fields[] {
  return ((list ?? []) as Fields[]).map((each) => ({ ...each, id: bytes(each.id) }));
}

/** Writes the browser's answer as WebAuthn's JSON: each buffer in base64url. */
function written(made: PublicKeyCredential): Fields {
  const response: Fields = {};
  const given = made.response as unknown as Fields;
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (given[name] instanceof ArrayBuffer) response[name] = text(given[name]);
  }
  const extensions = made.getClientExtensionResults();
  return { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: extensions };
}

function bytes(base64url: unknown): Uint8Array {
  const plain = String(base64url).replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return plain.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
