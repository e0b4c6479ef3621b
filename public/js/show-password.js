// Adds a button to each password field that shows the password. Hides it again before the form is sent.
const icons = new URL("../images/icons.svg", import.meta.url).pathname;
const SVG = "http://www.w3.org/2000/svg";

function drawEye() {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return { svg, use };
}

function addToggle(input) {
  const button = document.createElement("button");
  const { svg, use } = drawEye();
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    use.setAttribute("href", `${icons}#${shown ? "eye-closed" : "eye"}`);
  };
  button.type = "button";
  button.className = "show-password";
  button.setAttribute("aria-label", "Show password");
  button.append(svg);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false));
  show(false);
  input.after(button);
}

for (const input of document.querySelectorAll("input[type=password]")) addToggle(input);
