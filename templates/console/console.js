// Comfort only: every page works without it.
"use strict";
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
// Whoever waits is told so, and a form is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // A file is saved beside the page, which stays.
  if (form.hasAttribute("data-file")) {
    return;
  }
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  form.setAttribute("aria-busy", "true");
});
// A page that the browser kept is ready again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
  }
});
