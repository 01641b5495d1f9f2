// What a patient lets this device keep of visits: when, where, whom to call. Of nobody's name, no doctor, no service.
// It goes by itself: a visit once it is over, all of it once it is old, and with the session that it was kept in.

const KEY = "kept-visits";
export const MAX_AGE = 14 * 24 * 3600 * 1000;

export interface KeptVisit {
  day: string;
  time: string;
  zone: string;
  where: string;
  phone: string;
  until: number;
}

/** `mark` names the session; `saved` and `until` are milliseconds of the epoch. */
export interface Kept {
  mark: string;
  saved: number;
  visits: KeptVisit[];
}

/** What is kept and still holds; what does not is gone from the device by now. Null where nothing is to be kept. */
export function kept(): Kept | null {
  const text = read();
  if (text === null) return null;
  const found = parsed(text);
  if (!found) {
    forget();
    return null;
  }
  const now = Date.now();
  const isOld = found.saved + MAX_AGE <= now;
  const visits = isOld ? [] : found.visits.filter(({ until }) => until > now);
  if (visits.length === found.visits.length) return found;
  const left = { ...found, visits };
  keep(left);
  return left;
}

/** Whether the device has taken it: a private window may not. */
export function keep(what: Kept): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(what));
    return true;
  } catch {
    return false;
  }
}

export function forget(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing can be kept here, so nothing was.
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function parsed(text: string): Kept | null {
  try {
    const found = JSON.parse(text) as Kept;
    return typeof found.mark === "string" && Number.isFinite(found.saved) && Array.isArray(found.visits) ? found : null;
  } catch {
    return null;
  }
}
