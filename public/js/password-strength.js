// Shows the server's rating of the password while the user types. Shows nothing if the server does not respond.
const PAUSE_MS = 350;
const STONES = 4;

const place = document.querySelector("[data-strength]");
const form = place.closest("form");
const bar = document.createElement("div");
const message = document.createElement("p");
let timer;
let asking = new AbortController();

bar.className = "strength-bar";
bar.setAttribute("aria-hidden", "true");
for (let i = 0; i < STONES; i++) bar.append(document.createElement("span"));
message.className = "strength-message";
message.setAttribute("aria-live", "polite");
place.append(bar, message);
draw({ score: 0, ok: false, message: "" });

function draw(verdict) {
  place.classList.toggle("strength-ok", verdict.ok);
  for (const [i, stone] of [...bar.children].entries()) {
    stone.className = i < verdict.score ? "strength-stone strength-stone-laid" : "strength-stone";
  }
  message.textContent = verdict.message;
}

async function ask() {
  asking.abort();
  asking = new AbortController();
  const { password, username, email, secondFactor, _csrf } = {
    ...place.dataset,
    ...Object.fromEntries(new FormData(form)),
  };
  if (!password) return draw({ score: 0, ok: false, message: "" });
  const answer = await fetch("/password-strength", {
    method: "POST",
    headers: { "x-csrf-token": _csrf, accept: "application/json" },
    body: new URLSearchParams({ password, username, email, ...(secondFactor && { secondFactor }) }),
    signal: asking.signal,
  });
  if (answer.ok) draw(await answer.json());
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => ask().catch(() => {}), PAUSE_MS);
});
ask().catch(() => {}); // for a password typed or filled in before this file was loaded
