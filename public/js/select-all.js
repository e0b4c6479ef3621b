// Adds a checkbox that selects all users on the page.
for (const place of document.querySelectorAll("[data-select-all]")) {
  const boxes = [...place.closest("form").querySelectorAll('tbody input[type="checkbox"]')];
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", "Select all users on this page");
  const look = () => {
    const chosen = boxes.filter(({ checked }) => checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && !all.checked;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
  });
  for (const box of boxes) box.addEventListener("change", look);
  addEventListener("pageshow", look); // the browser restores the selection after going back
  look();
  place.append(all);
}
