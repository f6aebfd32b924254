/* What a script adds to the staff's pages. Each of them works without it. */
"use strict";

// A form that was sent is not sent again by a second press. Files that are handed out leave the
// page as it is, so the button comes back after a moment.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === "post" && !form.dataset.again) {
    form.dataset.sent = "1";
    window.setTimeout(() => delete form.dataset.sent, 5000);
  }
});

// What is wrong is read out first.
document.addEventListener("DOMContentLoaded", () => {
  const errors = document.querySelector("div.errors[tabindex]");
  if (errors) {
    errors.focus();
  }
});

// A file dropped anywhere on an upload's card goes into its field.
document.addEventListener("dragover", (event) => {
  if (event.target.closest && event.target.closest("form[data-drop]")) {
    event.preventDefault();
  }
});
document.addEventListener("drop", (event) => {
  const form = event.target.closest && event.target.closest("form[data-drop]");
  const field = form && form.querySelector("input[type=file]");
  if (field && event.dataTransfer.files.length) {
    event.preventDefault();
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// A part of a page that is asked for again and again: what comes from another address (the log-in,
// after the session has ended) is a page of its own.
document.addEventListener("htmx:beforeSwap", (event) => {
  const live = event.detail.elt.closest && event.detail.elt.closest("[data-live]");
  const address = event.detail.xhr.responseURL;
  if (live && address && new URL(address).pathname !== window.location.pathname) {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});
