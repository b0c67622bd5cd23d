// The framework switch of doc-builder pages: shows one framework's sections or all of them, remembers the choice,
// keeps framework tabs in step, and reveals a hidden section or tab that a link leads to. Without it everything is shown.
(() => {
  "use strict";
  const KEY = "doc-builder-framework";
  const TABS_KEY = "sphinx-design-tab-id-framework";
  const OF_TAB = { PyTorch: "pt", TensorFlow: "tf", JAX: "jax" };

  const stored = () => {
    try {
      return window.localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };

  const store = (key, value) => {
    try {
      window.localStorage.setItem(key, value);
    } catch {
      // the choice lasts as long as the page
    }
  };

  const sections = () => document.querySelectorAll(".db-framework");
  const belongs = (section, framework) => section.classList.contains(`db-framework-${framework}`);
  const inputs = () => document.querySelectorAll(".db-framework-switch input");

  const show = (framework) => {
    for (const section of sections()) {
      section.hidden = framework !== "all" && !belongs(section, framework);
    }
    for (const input of inputs()) {
      input.checked = input.value === framework;
    }
  };

  const available = () => new Set([...inputs()].map((input) => input.value));

  const reveal = () => {
    let id = window.location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      // an id may hold a bare percent sign
    }
    const target = id && document.getElementById(id);
    if (!target) return;
    const hidden = target.closest(".db-framework[hidden]");
    if (hidden) {
      const framework = [...available()].find((name) => belongs(hidden, name));
      show(framework || "all");
    }
    const opened = openTabs(target);
    if (hidden || opened) target.scrollIntoView();
  };

  // sphinx-design opens the tabs around plain ids; those that an address has to encode are left to this
  const openTabs = (target) => {
    let opened = false;
    for (let tab = target.closest(".sd-tab-content"); tab; tab = tab.parentElement.closest(".sd-tab-content")) {
      const input = tab.previousElementSibling?.previousElementSibling;
      if (input instanceof HTMLInputElement && !input.checked) {
        input.checked = true;
        opened = true;
      }
    }
    return opened;
  };

  const ready = () => {
    prepareSwitch();
    reveal();
    window.addEventListener("hashchange", reveal);
  };

  const prepareSwitch = () => {
    if (inputs().length === 0) return;
    for (const field of document.querySelectorAll(".db-framework-switch")) field.hidden = false;
    const wanted = stored();
    if (wanted && available().has(wanted)) show(wanted);
    for (const input of inputs()) {
      input.addEventListener("change", () => {
        if (!input.checked) return;
        const before = input.getBoundingClientRect().top;
        show(input.value);
        store(KEY, input.value);
        window.scrollBy(0, input.getBoundingClientRect().top - before);
        const label = input.parentElement.textContent.trim();
        if (input.value === "all") return;
        store(TABS_KEY, label);
        for (const tab of document.querySelectorAll('.sd-tab-label[data-sync-group="framework"]')) {
          const radio = document.getElementById(tab.htmlFor);
          if (tab.dataset.syncId === label && radio) radio.checked = true;
        }
      });
    }
  };

  // a tab of a framework is chosen: pages with a switch follow
  document.addEventListener("change", (event) => {
    const label = event.target.nextElementSibling;
    if (!label || !label.matches('.sd-tab-label[data-sync-group="framework"]')) return;
    const framework = OF_TAB[label.dataset.syncId];
    if (!framework) return;
    store(KEY, framework);
    if (available().has(framework)) show(framework);
  });

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
