// Knows when the session ends, from what the server says: with each page, and when a request extends the session. All
// tabs of a browser share the session, so they share its end. An admin who acts as another user has two sessions: one idle
// limit applies to both, but each has its own absolute limit. Typing extends the session, because it could otherwise end
// during a long text.
const KEY = "session";
const MINUTES = 60_000;

const drawn = JSON.parse(document.documentElement.dataset.sessionTime);
const keepAliveMs = Math.min(5 * MINUTES, (drawn.idle * 1000) / 3);
const listeners = [];
let askedAt = Date.now();

/** The length of the idle limit, in milliseconds. */
export const idleMs = drawn.idle * 1000;

// `idle`: when the session ends without another request; `own` and `acting`: when it ends in any case. These are times of
// the clock, because timers stand still while a computer sleeps.
let ends = { idle: 0 };
note(drawn, 0);

/** Returns when the session of this page ends without another request, and when in any case. */
export const getEnds = () => ({ idle: ends.idle, absolute: ends[drawn.kind] });

/** Calls the listener when another tab or a request has changed the end, and when the user comes back to this tab. */
export function onSessionChange(listener) {
  listeners.push(listener);
}

/** Extends the session. Throws an error if the server does not respond. */
export async function extendSession() {
  askedAt = Date.now();
  const answer = await fetch("/session", { cache: "no-store" });
  if (!answer.ok) throw new Error(`/session: ${answer.status}`);
  const time = await answer.json();
  if (time) note(time, Date.now() - askedAt);
  else share({ ...ends, idle: 0 }); // there is no session any more
  tell();
}

/**
 * Notes what the server said. An extension that another tab got in the meantime stays.
 * @param age time since the server may have said it, in milliseconds
 */
function note({ kind, untilIdle, untilEnd }, age) {
  const [now, known] = [Date.now(), readShared()];
  const idle = Math.max(now - age + untilIdle * 1000, Math.min(known.idle, now + idleMs));
  share({ ...known, idle, [kind]: now - age + untilEnd * 1000 });
}

function readShared() {
  try {
    return { ...ends, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return ends; // storage is disabled, so each tab knows its own requests only
  }
}

function share(changed) {
  ends = changed;
  try {
    localStorage.setItem(KEY, JSON.stringify(ends));
  } catch {
    // Storage is full or disabled.
  }
}

function tell() {
  for (const listener of listeners) listener();
}

function look() {
  ends = readShared();
  tell();
}

addEventListener("storage", ({ key, newValue }) => key === KEY && newValue && look());
addEventListener("pageshow", look);
addEventListener("focus", look);
document.addEventListener("visibilitychange", look);

document.querySelector('form[action="/logout"]')?.addEventListener("submit", () => {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Storage is disabled, so nothing was stored.
  }
});

addEventListener("input", () => {
  const last = Math.max(askedAt, ends.idle - idleMs);
  if (Date.now() - last >= keepAliveMs && Date.now() < ends.idle) extendSession().catch(() => {});
});
