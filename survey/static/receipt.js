// Looks a receipt up in the published list, in this browser; the receipt is sent nowhere.
const box = document.getElementById("receipt-check");
const input = document.getElementById("receipt");
const LEAF = /^[0-9a-f]{64}$/;

const say = (...names) => {
  for (const line of box.querySelectorAll("[data-say]")) line.hidden = !names.includes(line.dataset.say);
};

// The drawn sample's list, and that of the open answers, which are counted apart.
const lists = [{ url: box.dataset.list, root: box.dataset.root, found: "found" }];
if (box.dataset.openList)
  lists.push({ url: box.dataset.openList, root: box.dataset.openRoot, found: "found-open" });
const setAside = box.dataset.setAside.split(" ");

const readList = async ({ url }) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
};

const toBytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const joinNodes = async (left, right) => {
  const node = new Uint8Array(65);
  node[0] = 1;
  node.set(left, 1);
  node.set(right, 33);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", node));
};

// RFC 6962, section 2.1: an odd one out moves up unchanged.
const merkleRoot = async (leaves) => {
  let level = leaves.map(toBytes);
  if (!level.length) return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array())));
  while (level.length > 1) {
    const above = [];
    for (let at = 0; at < level.length; at += 8192) {
      const part = level.slice(at, at + 8192);
      const joined = [];
      for (let i = 0; i + 1 < part.length; i += 2) joined.push(joinNodes(part[i], part[i + 1]));
      above.push(...(await Promise.all(joined)));
      if (part.length % 2) above.push(part[part.length - 1]);
    }
    level = above;
  }
  return toHex(level[0]);
};

const lookUp = async () => {
  const receipt = input.value.normalize("NFKC").toLowerCase().replace(/[\s·-]/g, "");
  if (!LEAF.test(receipt)) return say("malformed");
  say("working");
  try {
    const [file] = document.getElementById("receipt-file").files;
    const texts = file ? [await file.text()] : await Promise.all(lists.map(readList));
    const read = texts.map((text) => text.split(/\s+/).filter(Boolean));
    if (!read.every((leaves) => leaves.every((leaf) => LEAF.test(leaf)))) return say("unread");
    const at = read.findIndex((leaves) => leaves.includes(receipt));
    const name = (list) => (at < 0 ? "missing" : setAside.includes(receipt) ? "set-aside" : list.found);
    if (!globalThis.crypto?.subtle) return say(name(lists[Math.max(at, 0)]), "no-digest");
    const roots = await Promise.all(read.map(merkleRoot));
    const saved = lists.find((list) => list.root === roots[0]);
    const isWhole = file ? saved : lists.every((list, i) => list.root === roots[i]);
    return isWhole ? say(name(file ? saved : lists[Math.max(at, 0)]), "root") : say("other-root");
  } catch {
    return say("unread");
  }
};

box.hidden = false;
box.querySelector("button").addEventListener("click", lookUp);
input.addEventListener("keydown", (event) => event.key === "Enter" && lookUp());
const given = /^#receipt=([0-9a-f]{64})$/.exec(location.hash);
if (given) {
  input.value = given[1].replace(/(.{4})(?=.)/g, "$1 ");
  lookUp();
}
