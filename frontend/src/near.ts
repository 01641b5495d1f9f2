// «Ближе»: asks the browser where the reader is, after a tap and never before it. What leaves the device is
// rounded to about a kilometre, in a cookie of the list that ends with the session; without permission the list
// offers to count from a branch, as it does without scripts.

const PATIENCE = 10_000;
const RECENT = 5 * 60_000;

export function rounded(latitude: number, longitude: number): string {
  return `${latitude.toFixed(2)},${longitude.toFixed(2)}`;
}

export function startNear(root: Document): void {
  if (!("geolocation" in navigator)) return;
  for (const item of root.querySelectorAll<HTMLElement>("[data-near-own]")) item.hidden = false;
  for (const link of root.querySelectorAll<HTMLAnchorElement>("a[data-near]")) {
    link.addEventListener("click", (event) => {
      // A second tap does not wait for an answer that may never come: it follows the link.
      if (event.ctrlKey || event.metaKey || event.shiftKey || link.getAttribute("aria-busy")) return;
      event.preventDefault();
      link.setAttribute("aria-busy", "true");
      const address = new URL(link.href);
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          remember(rounded(coords.latitude, coords.longitude), address.pathname);
          window.location.assign(address);
        },
        () => {
          address.searchParams.set("place", "refused");
          window.location.assign(address);
        },
        { enableHighAccuracy: false, timeout: PATIENCE, maximumAge: RECENT },
      );
    });
  }
  window.addEventListener("pageshow", () => {
    for (const link of root.querySelectorAll("a[data-near]")) link.removeAttribute("aria-busy");
  });
}

function remember(place: string, path: string): void {
  const isSecure = window.location.protocol === "https:";
  const name = isSecure ? "__Secure-near" : "near";
  document.cookie = `${name}=${place}; Path=${path}; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}
