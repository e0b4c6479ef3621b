// Lets users drop a picture onto the form. Before it is sent, shows the square that will be cut out.
const form = document.querySelector("form[data-avatar-drop]");
const input = form.querySelector("input[type=file]");
const control = input.parentElement;
const most = Number(form.dataset.maxBytes);
const SIDE = 128;

const canvas = document.createElement("canvas");
canvas.className = "avatar avatar-large";
canvas.width = SIDE * 2;
canvas.height = SIDE * 2;
canvas.hidden = true;
const said = document.createElement("p");
said.className = "drop-said";
said.setAttribute("role", "status");
said.textContent = "Or drag a picture here.";
control.classList.add("drop");
control.prepend(canvas);
control.append(said);

function say(text, isWrong = false) {
  said.textContent = text;
  said.classList.toggle("drop-said-wrong", isWrong);
}

async function preview() {
  const [file] = input.files;
  canvas.hidden = true;
  if (!file) return say("Or drag a picture here.");
  if (file.size > most) return say(`${file.name} is over ${most / 1024 / 1024} MB. Choose a smaller file.`, true);
  try {
    draw(await createImageBitmap(file));
    say(`Preview of ${file.name}. We'll crop it to this square.`);
  } catch {
    say(`Your browser can't preview ${file.name}. We'll try to read it when you upload it.`);
  }
}

function draw(picture) {
  const side = Math.min(picture.width, picture.height);
  const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, left, top, side, side, 0, 0, canvas.width, canvas.height);
  picture.close();
  canvas.hidden = false;
}

input.addEventListener("change", preview);

// Refuses a picture that is too large immediately, instead of after minutes of uploading.
form.addEventListener(
  "submit",
  (event) => {
    if (!input.files[0] || input.files[0].size <= most) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    input.focus();
  },
  { capture: true },
);

for (const name of ["dragenter", "dragover"]) {
  control.addEventListener(name, (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    control.classList.add("drop-over");
  });
}

for (const name of ["dragleave", "drop"]) control.addEventListener(name, () => control.classList.remove("drop-over"));

control.addEventListener("drop", (event) => {
  const [file] = event.dataTransfer.files;
  if (!file) return;
  event.preventDefault();
  const one = new DataTransfer();
  one.items.add(file);
  input.files = one.files;
  preview();
});

if (input.files.length > 0) preview();
