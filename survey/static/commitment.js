/* A party's commitment (承诺值), made on its own device: nothing is sent anywhere. SHA-256 of party,
   newline, text, newline, nonce, as the records say. */
"use strict";

(() => {
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  const commit = async (form) => {
    const nonce = hex(crypto.getRandomValues(new Uint8Array(32)));
    const words = [form.elements.party.value.trim(), form.elements.text.value.trim(), nonce];
    const bytes = new TextEncoder().encode(words.join("\n"));
    const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    document.getElementById("commitment").textContent = hex(found);
    document.getElementById("kept-text").textContent = words[1];
    document.getElementById("kept-nonce").textContent = nonce;
    document.getElementById("made").hidden = false;
    document.getElementById("made").focus();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.getElementById("commit");
    if (!(window.crypto && crypto.subtle)) {
      return; // an address without TLS: what is said above the form stays
    }
    document.getElementById("cannot").hidden = true;
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (form.reportValidity()) {
        commit(form);
      }
    });
  });
})();
