// Makes buttons save the text of another element as a file, or print the page:
// <button hidden data-save="its id" data-file="name.txt">, <button hidden data-print>.

for (const button of document.querySelectorAll("[data-save]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const { save, file } = button.dataset;
    const text = document.getElementById(save)?.innerText ?? "";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${text.trim()}\n`], { type: "text/plain" }));
    link.download = file;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
