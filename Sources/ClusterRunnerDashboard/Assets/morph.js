// Changes an element into another one in as few steps as possible, so that focus, scroll positions and open details
// stay.
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  changeAttributes(old, fresh);
  changeChildren(old, fresh);
}

function changeAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !belongsToReader(old, name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !belongsToReader(old, name)) old.setAttribute(name, value);
  }
}

// The reader decides whether details are open.
function belongsToReader(element, name) {
  return element.localName === "details" && name === "open";
}

// Children with an id are moved to their new place; others are matched in order.
function changeChildren(old, fresh) {
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const known = wanted.id ? childWithID(old, wanted.id) : null;
    if (known && known !== place) old.insertBefore(known, place);
    const candidate = known ?? place;
    if (candidate && isAlike(candidate, wanted)) {
      place = candidate.nextSibling;
      change(candidate, wanted);
    } else {
      old.insertBefore(document.importNode(wanted, true), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function childWithID(parent, id) {
  const element = document.getElementById(id);
  return element?.parentNode === parent ? element : null;
}

function isAlike(old, wanted) {
  return old.nodeType === wanted.nodeType && old.nodeName === wanted.nodeName && (old.id ?? "") === (wanted.id ?? "");
}

function change(old, wanted) {
  if (old.nodeType === Node.ELEMENT_NODE) morph(old, wanted);
  else if (old.data !== wanted.data) old.data = wanted.data;
}
