// Keeps the page current, and says so when the instance is gone. Without scripts the page reloads itself.
"use strict";

async function refresh() {
  try {
    const answer = await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(3000) });
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = fresh.title;
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    document.body.classList.remove("silent");
  } catch {
    document.body.classList.add("silent");
  }
  setTimeout(refresh, 1000);
}
setTimeout(refresh, 1000);
