// Makes buttons copy the text of another element: <button hidden data-copy="its id">.

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy)?.innerText.trim();
  if (!text || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false, // the browser or the user refused it
    );
    button.textContent = done ? "Copied" : "Select and copy by hand";
  });
}
