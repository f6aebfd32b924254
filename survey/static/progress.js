// Asks every two seconds how far a job is, and shows the page that follows once it is over.
const ask = async () => {
  const shown = document.getElementById("progress");
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("progress");
    if (!found || !("running" in found.dataset)) return location.reload();
    shown.replaceChildren(...found.childNodes);
  } catch {
    // The network is away for a moment: ask again.
  }
  setTimeout(ask, 2000);
};
setTimeout(ask, 2000);
