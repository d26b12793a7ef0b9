// Buttons that make changes: each asks for confirmation, and the first time for the cluster's secret, signs the request
// here, and sends only the signature. The keys stay in the memory of this page.
import { makeSigner, send } from "./signing.js";

let signer;

export function enableActions(root) {
  for (const button of root.querySelectorAll("[data-action]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-action]");
  if (button) ask(button.dataset);
});

function ask({ question, method, path, body }) {
  const dialog = makeDialog(question);
  const form = dialog.querySelector("form");
  const message = dialog.querySelector("[role=alert]");
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const submit = form.querySelector(".primary");
    submit.disabled = true;
    try {
      await perform(form, { method, path, body });
      dialog.close();
    } catch (error) {
      message.textContent = error.message;
      message.hidden = false;
      if (!signer) form.querySelector("[data-secret]").hidden = false;
    } finally {
      submit.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}

async function perform(form, request) {
  const field = form.querySelector("input");
  if (!signer && !field.value) throw new Error("Enter the secret: the value of \"secret\" in clusterrunner.conf.");
  signer ??= await makeSigner(field.value);
  field.value = "";
  const answer = await send(signer, request);
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return follow(content);
  // The secret may be wrong: the next attempt asks again.
  if (answer.status === 401) {
    signer = undefined;
    throw new Error(`The master refused it. Is the secret right? It said: ${content.error ?? answer.statusText}`);
  }
  throw new Error(content.error ?? `The master answered ${answer.status} ${answer.statusText}.`);
}

// Shows a new build, or else this page in its current state.
function follow(content) {
  if (Number.isInteger(content.build_id)) location.assign(`/dashboard/builds/${content.build_id}`);
  else document.dispatchEvent(new Event("page-stale"));
}

function makeDialog(question) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "action-question");
  // No text of a build is in this markup; the question is set as text.
  dialog.innerHTML = `<form method="dialog">
    <h2 id="action-question"></h2>
    <div data-secret>
      <label>Secret of the cluster <input type="password" autocomplete="off"></label>
      <p class="sub">It signs the request in this page. It is neither sent nor stored, and forgotten when you leave the page.</p>
      <p class="sub" data-insecure hidden>This page came over plain HTTP, so the network could have changed it. If you do not trust the network, use https_cert_file and https_key_file, or http://localhost through a tunnel.</p>
    </div>
    <p class="notice bad" role="alert" hidden></p>
    <div class="buttons"><button type="button" data-close>Leave it</button><button class="primary">Yes</button></div>
  </form>`;
  dialog.querySelector("h2").textContent = question;
  dialog.querySelector("[data-secret]").hidden = Boolean(signer);
  dialog.querySelector("[data-insecure]").hidden = isSecureContext;
  return dialog;
}
