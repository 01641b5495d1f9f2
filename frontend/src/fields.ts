// Helps while typing: a phone is formatted when its field is left, a fault is said beside it, and a page that
// came back with faults puts the focus on the first of them. The server checks everything again.

const DIGITS = 11;
const MISSING = ["", "одной цифры", "двух цифр", "трёх цифр", "четырёх цифр"];

export function formatPhone(text: string): string {
  let digits = text.replace(/\D/g, "");
  if (digits.length === DIGITS - 1 && digits.startsWith("9")) digits = `7${digits}`;
  if (digits.length !== DIGITS || !/^[78]/.test(digits)) return text;
  const parts = [digits.slice(1, 4), digits.slice(4, 7), digits.slice(7, 9), digits.slice(9)];
  return `+7 ${parts[0]} ${parts.slice(1).join("-")}`;
}

export function phoneFault(text: string): string {
  const count = text.replace(/\D/g, "").length;
  if (!count) return "";
  const expected = /^\s*(\+?7|8)/.test(text) ? DIGITS : DIGITS - 1;
  const words = MISSING[expected - count];
  return words ? `Не хватает ${words}` : "";
}

export function startFields(root: Document): void {
  root.querySelector<HTMLElement>("form[data-typed] [aria-invalid=true]")?.focus();
  for (const field of root.querySelectorAll<HTMLInputElement>("input[type=tel]")) {
    field.addEventListener("blur", () => {
      field.value = formatPhone(field.value);
      show(field, phoneFault(field.value));
    });
    field.addEventListener("input", () => {
      if (field.getAttribute("aria-invalid") && !phoneFault(field.value)) show(field, "");
    });
  }
}

function show(field: HTMLInputElement, fault: string): void {
  const id = `${field.id}-error`;
  let line = document.getElementById(id);
  if (!fault) {
    line?.remove();
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    return;
  }
  if (!line) {
    line = document.createElement("p");
    line.id = id;
    line.className = "error";
    line.setAttribute("role", "alert");
    field.after(line);
  }
  line.textContent = fault;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", id);
}
