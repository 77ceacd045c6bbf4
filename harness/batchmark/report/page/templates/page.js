(function () {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within) => [...(within || document).querySelectorAll(selector)];
  const KINDS = ["workload", "loop", "backend", "machine"];
  const chosen = {};

  // The house's colours on white, as variables of the page: light, dark and print need no other picture.
  const INKS = {
    "#595959": "muted", "#000000": "ink", "#e6e6e6": "grid", "#cccccc": "grid", "#d9d9d9": "band",
    "#0072b2": "blue", "#d55e00": "red", "#009e73": "green", "#cc79a7": "pink", "#56b4e9": "sky", "#e69f00": "amber",
  };
  const NARROW = 480;
  const common = JSON.parse((document.getElementById("common") || { textContent: "{}" }).textContent);

  /* ---- pictures ---- */

  const held = new Map();

  function inRows(columns) {
    const whole = Object.entries(columns).map(([field, values]) =>
      [field, Array.isArray(values) ? values : values.at.map((place) => values.of[place])]);
    return whole[0][1].map((_, row) => Object.fromEntries(whole.map(([field, values]) => [field, values[row]])));
  }

  function figureOf(element) {
    if (!held.has(element)) {
      const figure = JSON.parse(element.querySelector("script").textContent);
      const datasets = {};
      for (const [name, columns] of Object.entries(figure.spec.datasets)) datasets[name] = inRows(columns);
      held.set(element, { ...figure, whole: { ...common, ...figure.spec, datasets }, view: null, queue: Promise.resolve() });
    }
    return held.get(element);
  }

  function isChosen(row) {
    const [loop, backend] = row.loop === undefined || row.loop === "" ? [null, null] : row.loop.split("@");
    if (chosen.workload && row.workload !== undefined && row.workload !== chosen.workload) return false;
    if (chosen.loop && loop !== null && loop !== chosen.loop) return false;
    // The rows of a comparison have no backend of their own: its part has.
    return !(chosen.backend && loop !== null && row.workload === undefined && (backend || "tensorflow") !== chosen.backend);
  }

  // Others are there to draw by: what is tolerated, where there is no effect.
  const isMeasured = (row) => row.loop !== undefined || row.line !== undefined;

  function rowsOf(figure) {
    const datasets = {};
    let left = 0;
    for (const [name, rows] of Object.entries(figure.whole.datasets)) {
      datasets[name] = rows.filter(isChosen);
      left += datasets[name].filter(isMeasured).length;
    }
    return { datasets, left };
  }

  function forThePage(figure, width) {
    const inked = JSON.stringify(figure.whole).replace(/"(#[0-9a-f]{6})"/gi, (found, colour) =>
      INKS[colour.toLowerCase()] ? `"var(--${INKS[colour.toLowerCase()]})"` : found);
    const spec = JSON.parse(inked);
    const narrow = width < NARROW;
    spec.description = figure.whole.title.text;
    delete spec.title;
    spec.background = "transparent";
    spec.padding = 4;
    spec.datasets = rowsOf(figure).datasets;
    const text = { labelColor: "var(--ink)", titleColor: "var(--ink)" };
    spec.config = { ...spec.config, font: "system-ui, sans-serif", aria: true };
    for (const part of ["axis", "legend", "header"]) spec.config[part] = { ...spec.config[part], ...text };
    spec.config.axis.tickColor = spec.config.axis.domainColor = "var(--muted)";
    if (narrow) spec.config.legend.columns = 2;
    if (narrow && spec.hconcat) {
      // Beside each other they share an axis; below each other each has its own.
      const axis = yAxis(spec.hconcat[0]);
      spec.hconcat.slice(1).forEach((panel) => yAxis(panel, axis));
      spec.vconcat = spec.hconcat;
      delete spec.hconcat;
    }
    const beside = (spec.hconcat || [1]).length;
    const rows = Object.values(spec.datasets).flat();
    const named = longest(rows, (row) => row.row && row.label);
    const columns = 2 * (6.5 * longest(rows, (row) => row.line) + 30) > width ? 1 : 2;
    for (const panel of spec.vconcat || spec.hconcat || [spec]) {
      fit(panel, (width - 24 * (beside - 1)) / beside, narrow, named, columns);
    }
    return spec;
  }

  function yAxis(panel, axis) {
    for (const layer of [panel, ...(panel.layer || [])]) {
      const y = (layer.encoding || {}).y;
      if (y && axis) y.axis = axis;
      else if (y && y.axis) return y.axis;
    }
    return null;
  }

  // Of lines of text: a claim's conditions stand beside their axis in several, which nothing cuts off.
  function longest(rows, text) {
    return Math.max(0, ...rows.flatMap((row) => (text(row) || "").split("\n")).map((line) => line.length));
  }

  function fit(panel, width, narrow, named, columns) {
    const names = JSON.stringify(panel).includes('"label:N"') || JSON.stringify(panel).includes('"field":"label"');
    const most = named ? Math.min(7 * named + 40, narrow ? 170 : 320) : 0;
    const labels = most || (narrow || !names ? 90 : 200);
    if (panel.width) panel.width = Math.max(140, Math.min(panel.width, width - labels));
    if (!narrow) return;
    for (const layer of [panel, ...(panel.layer || [])]) {
      const encoding = layer.encoding || {};
      for (const side of ["x", "y"]) {
        const axis = (encoding[side] || {}).axis;
        if (axis) {
          axis.labelOverlap = side === "x" ? "greedy" : axis.labelOverlap;
          axis.labelLimit = most ? most - 20 : 90;
        }
      }
      for (const side of ["color", "shape", "strokeDash"]) {
        if (encoding[side] && encoding[side].legend) encoding[side].legend.columns = columns;
      }
    }
  }

  // Run when the first picture is in view: the page answers before.
  let drawing = null;
  function start() {
    if (drawing) return;
    drawing = document.createElement("script");
    drawing.textContent = document.getElementById("draws").textContent;
    document.head.append(drawing);
  }

  function embed(place, spec, options) {
    start();
    return vegaEmbed(place, spec, {
      actions: false, ast: true, renderer: "svg", defaultStyle: false, logLevel: 1, ...options,
    });
  }

  function draw(element) {
    const figure = figureOf(element);
    const place = element.querySelector(".drawing");
    const width = place.clientWidth || 640;
    const spec = forThePage(figure, width);
    figure.drawn = width;
    figure.queue = figure.queue.then(async () => {
      if (figure.view) figure.view.finalize();
      figure.view = (await embed(place, spec, { tooltip: { disableDefaultStyle: true } })).view;
      element.classList.add("drawn");
    }).catch((error) => { place.textContent = `This picture could not be drawn: ${error.message}`; });
    return figure.queue;
  }

  const undrawn = new Set(all("figure"));
  function drawOnce(element) {
    if (!undrawn.delete(element)) return;
    draw(element);
  }

  function isShown(element) {
    return element.getClientRects().length > 0;
  }

  if ("IntersectionObserver" in window) {
    const watch = new IntersectionObserver((seen) => {
      for (const each of seen) {
        if (each.isIntersecting) {
          watch.unobserve(each.target);
          drawOnce(each.target);
        }
      }
    }, { rootMargin: "400px" });
    undrawn.forEach((element) => watch.observe(element));
  } else {
    undrawn.forEach(drawOnce);
  }
  window.addEventListener("beforeprint", () => [...undrawn].filter(isShown).forEach(drawOnce));

  let resized = 0;
  window.addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => {
      for (const [element, figure] of held) {
        const width = element.querySelector(".drawing").clientWidth;
        if (figure.view && width && Math.abs(width - figure.drawn) > 20) draw(element);
      }
    }, 200);
  });

  /* ---- what is saved ---- */

  function save(text, type, name) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  function asCsv(figure) {
    const rows = Object.values(rowsOf(figure).datasets).filter((each) => each.some(isMeasured)).flat();
    const fields = Object.keys(figure.columns);
    const cell = (value) => {
      if (value === null || value === undefined) return "";
      // What begins as a formula would be one in a spreadsheet.
      const text = typeof value === "string" && /^[=+@\t\r-]/.test(value) ? `'${value}` : String(value);
      return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
    };
    return [Object.values(figure.columns), ...rows.map((row) => fields.map((field) => row[field]))]
      .map((line) => `${line.map(cell).join(",")}\r\n`).join("");
  }

  async function asSvg(figure) {
    const place = document.createElement("div");
    const drawn = await embed(place, { ...figure.whole, datasets: rowsOf(figure).datasets }, {});
    const text = await drawn.view.toSVG();
    drawn.view.finalize();
    return text;
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.save) {
      const figure = figureOf(button.closest("figure"));
      if (button.dataset.save === "csv") save(asCsv(figure), "text/csv;charset=utf-8", `${figure.file}.csv`);
      else save(await asSvg(figure), "image/svg+xml", `${figure.file}.svg`);
    }
    if (button.classList.contains("all")) {
      const shown = button.closest(".table").querySelector("table").classList.toggle("quiet") === false;
      button.setAttribute("aria-pressed", String(shown));
      const said = button.textContent;
      button.textContent = button.dataset.shown;
      button.dataset.shown = said;
    }
  });

  /* ---- filters ---- */

  function matches(element) {
    return KINDS.every((kind) => {
      const own = element.dataset[kind];
      return !chosen[kind] || own === undefined || own.split("\n").includes(chosen[kind]);
    });
  }

  const filters = document.getElementById("filters");

  function apply() {
    let shown = 0;
    const parts = all(".part");
    for (const part of parts) {
      const rows = all("tbody tr[data-workload], tbody tr[data-backend], tbody tr[data-machine]", part);
      rows.forEach((row) => { row.hidden = !matches(row); });
      const tables = all(".table", part);
      tables.forEach((table) => { table.hidden = !matches(table); });
      const figures = all("figure", part);
      figures.forEach((element) => { element.hidden = rowsOf(figureOf(element)).left === 0; });
      const cells = tables.filter((table) => table.dataset.cells);
      const left = [...rows, ...cells].some((each) => !each.hidden) || rows.length + cells.length === 0;
      part.hidden = !matches(part) || !left;
      shown += part.hidden ? 0 : 1;
      for (const element of figures) if (!part.hidden && !element.hidden && figureOf(element).view) draw(element);
    }
    const isFiltered = KINDS.some((kind) => chosen[kind]);
    filters.querySelector("output").textContent = !isFiltered ? ""
      : shown ? `${shown} of ${parts.length} shown` : "Nothing is of all that was chosen";
  }

  if (filters) {
    filters.hidden = false;
    filters.addEventListener("change", (event) => {
      chosen[event.target.name] = event.target.value;
      apply();
    });
    filters.addEventListener("reset", () => {
      KINDS.forEach((kind) => delete chosen[kind]);
      apply();
    });
    filters.addEventListener("submit", (event) => event.preventDefault());
  }

  /* ---- light and dark; links into what is folded ---- */

  const theme = document.getElementById("theme");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const say = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("batchmark-theme", root.dataset.theme);
    } catch (error) {
      // It holds until the page is left.
    }
    say();
  });
  dark.addEventListener("change", say);
  say();

  function unfold() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.querySelector(":scope > details");
    if (folded) folded.open = true;
  }
  window.addEventListener("hashchange", unfold);
  unfold();
  root.classList.add("ready");
})();
