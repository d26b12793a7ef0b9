// Keyboard shortcuts: "/" focuses the search of the page, Escape leaves it.
export function enableKeys(root) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = root.querySelector("[data-shortcut='/']");
    if (event.key === "/" && field && !isTyping(event.target)) {
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === "Escape" && event.target === field) {
      field.blur();
    }
  });
}

function isTyping(element) {
  return element.closest?.("input, select, textarea, dialog, [contenteditable]") !== null;
}
