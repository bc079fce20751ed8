"use strict";
(() => {
  // Texts of hovers: <title> in SVG and title="" elsewhere, taken over so that they show at once.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const title = svg.querySelector(":scope > title");
    if (!title) continue;
    svg.removeAttribute("aria-labelledby");
    svg.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  const textOf = (el) => {
    for (; el instanceof Element && el !== document.body; el = el.parentElement) {
      if (el.dataset.tip) return el.dataset.tip;
      const title = el instanceof SVGElement ? el.querySelector(":scope > title") : null;
      const text = title ? title.textContent : el.getAttribute("title");
      if (!text) continue;
      if (title) title.remove();
      el.removeAttribute("title");
      el.dataset.tip = text;
      return text;
    }
    return "";
  };
  const place = (e) => {
    const gap = 14, box = tip.getBoundingClientRect();
    const left = e.clientX + gap + box.width > innerWidth ? e.clientX - gap - box.width : e.clientX + gap;
    const top = e.clientY + gap + box.height > innerHeight ? e.clientY - gap - box.height : e.clientY + gap;
    tip.style.left = Math.max(4, left) + "px";
    tip.style.top = Math.max(4, top) + "px";
  };
  document.addEventListener("pointerover", (e) => {
    const text = textOf(e.target);
    tip.hidden = !text;
    tip.textContent = text;
    if (text) place(e);
  });
  document.addEventListener("pointermove", (e) => { if (!tip.hidden) place(e); });
  document.addEventListener("pointerdown", () => { tip.hidden = true; });

  // One sample at a time.
  for (const box of document.querySelectorAll(".samples")) {
    const all = [...box.querySelectorAll(":scope > details.sample")];
    if (all.length < 2) continue;
    const bar = document.createElement("div");
    bar.className = "bar";
    const choice = document.createElement("select");
    choice.setAttribute("aria-label", "Sample");
    const show = (i) => {
      choice.selectedIndex = i;
      all.forEach((one, at) => { one.hidden = at !== i; one.open = at === i; });
    };
    for (const one of all) choice.add(new Option(one.querySelector("summary").textContent));
    choice.addEventListener("change", () => show(choice.selectedIndex));
    const step = (by, name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => show((choice.selectedIndex + by + all.length) % all.length));
      return button;
    };
    bar.append(step(-1, "Previous"), choice, step(1, "Next"));
    box.prepend(bar);
    show(0);
  }
  document.documentElement.dataset.ready = "yes";
})();
