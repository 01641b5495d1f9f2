// Where text becomes markup or code. A page of ours may do that under this one policy only (the header
// Content-Security-Policy says `trusted-types own`); a browser without Trusted Types takes the text as it is.

interface Policy {
  createHTML(html: string): string;
  createScriptURL(address: string): string;
}

const WORKER = "/sw.js";
const rules: Policy = { createHTML: (html) => html, createScriptURL: () => WORKER };
const { trustedTypes } = window as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } };
const policy = trustedTypes?.createPolicy("own", rules) ?? rules;

/** Puts markup into a box that our own server has rendered and escaped, and nothing else. */
export function showOwn(box: HTMLElement, html: string): void {
  box.innerHTML = policy.createHTML(html);
}

/** The address of the service worker, the only script that ours may start. */
export function workerAddress(): string {
  return policy.createScriptURL(WORKER);
}
