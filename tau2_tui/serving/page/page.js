"use strict";

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("again").addEventListener("click", () => window.location.reload());
  // Keys go to the terminal as soon as it shows something, without a click on it first.
  const observer = new MutationObserver(() => {
    const keyboard = document.querySelector(".xterm-helper-textarea");
    if (keyboard && document.body.classList.contains("-first-byte")) {
      observer.disconnect();
      keyboard.focus();
    }
  });
  observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
