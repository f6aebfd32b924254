// The paper of a respondent: each answer is saved as it is made, and what the network loses is
// sent again. The page works without this; it needs no storage and no event of leaving a page.
(() => {
  const form = document.getElementById("paper");
  const line = document.getElementById("state");
  const words = form.dataset;
  let changed = false; // something is not saved yet
  let sending = false; // "send" was pressed
  let busy = false; // a request is on its way
  let returned = false; // the network came back while a request was on its way
  let aside = false; // the last button pressed only saves: a language, large type, "later"
  let wait = 1;
  let next;
  let slow;

  const say = (text) => {
    if (line.textContent !== text) line.textContent = text;
  };

  // Questions that the answers above do not lead to are hidden, and not sent.
  const route = () => {
    for (const part of form.querySelectorAll("[data-when-item]")) {
      const given = new FormData(form).getAll(part.dataset.whenItem);
      part.hidden = !part.dataset.whenIs.split(" ").some((code) => given.includes(code));
      for (const field of part.querySelectorAll("input, textarea")) field.disabled = part.hidden;
    }
  };

  const post = async (address) => {
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), 20000);
    try {
      return await fetch(address, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        credentials: "same-origin",
        redirect: "manual",
        signal: stop.signal,
      });
    } catch {
      return { status: 599 };
    } finally {
      clearTimeout(clock);
    }
  };

  // One request at a time. Each holds the whole paper, so the last one is right.
  const work = async () => {
    if (busy || !(changed || sending)) return;
    clearTimeout(next);
    const last = sending;
    busy = true;
    changed = false;
    const answer = await post(last ? words.send : words.save);
    busy = false;
    if (last && answer.type === "opaqueredirect") return location.replace(words.thanks);
    if (last && answer.status < 500) return HTMLFormElement.prototype.submit.call(form);
    if (answer.status === 409) return location.replace(words.start);
    if (answer.status === 200) {
      wait = 1;
      clearTimeout(slow);
      if (!changed) say(words.saved);
      return work();
    }
    changed = true;
    say(sending ? words.unsent : words.unsaved);
    if (returned) {
      returned = false;
      return work();
    }
    next = setTimeout(work, wait * 1000);
    wait = Math.min(wait * 2, 30);
  };

  const note = (delay) => {
    changed = true;
    clearTimeout(slow);
    slow = setTimeout(() => changed && say(words.unsaved), 1500);
    clearTimeout(next);
    next = setTimeout(work, delay);
  };

  form.addEventListener("change", () => {
    route();
    note(0);
  });
  form.addEventListener("input", (event) => {
    if (event.target.type !== "radio" && event.target.type !== "checkbox") note(2000);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) aside = button.hasAttribute("formaction");
  });
  form.addEventListener("submit", (event) => {
    if (aside) return;
    event.preventDefault();
    sending = true;
    say(words.sending);
    work();
  });
  addEventListener("online", () => {
    wait = 1;
    returned = busy;
    work();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // the way back shows what is true now
  });
  const faults = document.querySelector(".errors");
  if (faults) faults.focus();
  route();
})();
