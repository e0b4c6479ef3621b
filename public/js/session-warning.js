// Warns before the session ends (WCAG 2.2.1), and says when it has ended. Changes nothing that was typed.
import { extendSession, getEnds, idleMs, onSessionChange } from "./session-time.js";

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
/** Time before the end when the warning appears. A short session leaves some time without a warning. */
const BEFORE_IDLE = Math.min(2 * MINUTES, 0.75 * idleMs);
const BEFORE_LIMIT = 5 * MINUTES; // it cannot be extended, so there is more time to save
const MOST_WAIT = 30 * SECONDS;
/** What screen readers say while the time runs out, so that they do not read every second. */
const said = [
  [10 * SECONDS, "10 seconds left."],
  [30 * SECONDS, "30 seconds left."],
  [60 * SECONDS, "1 minute left."],
];

const dialog = document.querySelector("[data-session-warning]");
const leave = document.querySelector('form[action="/logout"]');
const title = document.title;
let shown = null; // the stage that the dialog shows
let seen = null; // the end that the user was informed about
let timer;

/** Stays on the page after the dialog is closed. */
const notice = document.querySelector("[data-session-notice]");
const part = (stage) => dialog.querySelector(`[data-stage="${stage}"]`);
const find = (name) => part(shown)?.querySelector(`[data-session-${name}]`);

/** Returns the stage of the session: null while there is enough time. */
function getStage(now) {
  const { idle, absolute } = getEnds();
  if (now >= Math.min(idle, absolute)) return "over";
  if (absolute <= idle) return now >= absolute - BEFORE_LIMIT ? "limit" : null;
  return now >= idle - BEFORE_IDLE ? "idle" : null;
}

function update() {
  const now = Date.now();
  const stage = getStage(now);
  const end = Math.min(getEnds().idle, getEnds().absolute);
  show(seen === `${stage} ${end}` ? null : stage, end);
  notice.hidden = stage !== "over";
  if (shown === "idle" || shown === "limit") count(end - now);
  clearTimeout(timer);
  if (stage === "over") return;
  const next = stage === null ? Math.min(MOST_WAIT, Math.max(end - now - BEFORE_LIMIT, SECONDS)) : SECONDS;
  timer = setTimeout(update, next);
}

/** Opens the dialog for a stage, or closes it. Screen readers read it, because the focus moves into it. */
function show(stage, end) {
  if (stage === shown) return;
  if (dialog.open) dialog.close();
  shown = stage;
  document.title = title;
  if (stage === null) return;
  for (const one of dialog.querySelectorAll("[data-stage]")) one.hidden = one.dataset.stage !== stage;
  dialog.setAttribute("aria-labelledby", `session-${stage}-title`);
  dialog.setAttribute("aria-describedby", `session-${stage}-text`);
  const time = find("end");
  if (time) {
    time.textContent = new Date(end).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    time.dateTime = new Date(end).toISOString();
  }
  if (find("failed")) find("failed").hidden = true;
  document.title = `${part(stage).querySelector("h2").textContent} · ${title}`;
  dialog.showModal();
}

function count(ms) {
  const seconds = Math.max(0, Math.ceil(ms / SECONDS));
  find("countdown").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const text = said.find(([most]) => ms <= most)?.[1] ?? "";
  const place = find("said");
  if (place && place.textContent !== text) place.textContent = text;
}

async function stay() {
  find("failed").hidden = true;
  try {
    await extendSession();
  } catch {
    if (shown === "idle") find("failed").hidden = false;
  }
}

/** Lets the user continue. The same end is not reported again. */
function close() {
  const { idle, absolute } = getEnds();
  seen = `${shown} ${Math.min(idle, absolute)}`;
  update();
}

dialog.addEventListener("click", ({ target }) => {
  if (target.closest("[data-session-stay]")) stay();
  else if (target.closest("[data-session-close]")) close();
  else if (target.closest("[data-session-leave]")) leave.requestSubmit();
});
// The Escape key
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  if (shown === "idle") stay();
  else close();
});

onSessionChange(update);
update();
