(function () {
  "use strict";
  const runs = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const light8 = ["#2563c9", "#d9622b", "#12805c", "#8a3fbf", "#b8860b", "#c02b6b", "#0f8a9d", "#5c6778"];
  const dark8 = ["#6ea8ff", "#ff9d66", "#4fd1a1", "#c79bff", "#f0c14b", "#ff85b6", "#5fd3e6", "#a9b4c4"];
  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const color = run => (dark.matches ? dark8 : light8)[run % 8];

  // Numbers, for people.
  const three = v => Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(1) : v.toFixed(2);
  const short = v => String(+v.toPrecision(3));
  const micros = v => v == null ? "–" : v < 1e3 ? three(v) + " µs" : v < 1e6 ? three(v / 1e3) + " ms" : three(v / 1e6) + " s";
  const microsTick = v => v < 1e3 ? short(v) + " µs" : v < 1e6 ? short(v / 1e3) + " ms" : short(v / 1e6) + " s";
  const plain = v => v == null ? "–" : Number.isInteger(v) ? String(v) : three(v);
  const seconds = v => v == null ? "–" : three(v) + " s";

  // What is drawn so far, to be drawn anew when the width or the colours change.
  let charts = [];

  function axis(label, more) {
    return Object.assign({
      label, stroke: style("--dim"), grid: {stroke: style("--line"), width: 1}, ticks: {stroke: style("--line"), width: 1},
      font: "11px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif", labelSize: 22,
    }, more);
  }

  // Of a logarithmic scale only the powers of ten get a line and a mark.
  const decades = (u, splits) => splits.map(v => v != null && Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-9 ? v : null);
  const logarithmic = () => ({grid: {stroke: style("--line"), width: 1, filter: decades}, ticks: {stroke: style("--line"), width: 1, filter: decades}});

  // tables are [xs, ys...] with xs of their own each; the result has one xs for all.
  function join(tables) { return tables.length ? uPlot.join(tables) : [[]]; }

  function draw(id, make) {
    const at = document.getElementById(id);
    at.textContent = "";
    const made = make(at.clientWidth || 560);
    if (!made) {
      const none = document.createElement("div");
      none.className = "none";
      none.textContent = "not measured in these runs";
      at.append(none);
      return;
    }
    charts.push({at, plot: new uPlot(made.options, made.data, at)});
  }

  const line = (run, label, more) =>
    Object.assign({label: runs.length > 1 ? runs[run].name + " " + label : label, stroke: color(run), width: 2, spanGaps: true, points: {show: false}}, more);

  // The axis of HdrHistogram: x is how many times rarer than everybody, 1 / (1 - percentile), on a logarithmic scale.
  const rarity = p => 1 / (1 - p / 100);
  const percentileTicks = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999];

  function percentiles(width) {
    const tables = [], series = [{label: "percentile", value: (u, x) => x == null ? "–" : short(100 * (1 - 1 / x) > 99.99 ? +(100 * (1 - 1 / x)).toFixed(5) : 100 * (1 - 1 / x)) + " %"}];
    let far = 10;
    runs.forEach((run, i) => {
      // The last point is at 100 %, which is nowhere on this axis: it is drawn as one request of all.
      const curve = points => (points || []).filter(p => p[0] < 100);
      for (const [points, label, more] of [[run.latency, "latency", {}], [run.open ? run.service : [], "service time", {dash: [5, 4], width: 1.5}]]) {
        const c = curve(points);
        if (!c.length) continue;
        tables.push([c.map(p => rarity(p[0])), c.map(p => Math.max(1, p[1]))]);
        series.push(line(i, label, Object.assign({value: (u, v) => micros(v)}, more)));
        far = Math.max(far, rarity(c[c.length - 1][0]));
      }
    });
    if (!tables.length) return null;
    const ticks = percentileTicks.map(rarity).filter(x => x <= far * 1.01 && (x > 1 || width > 600));
    return {
      data: join(tables),
      options: {
        width, height: 340, series, cursor: {drag: {x: true, y: false}},
        scales: {x: {time: false, distr: 3, range: [1, far]}, y: {distr: 3}},
        axes: [
          axis("percentile of requests", {size: 34, splits: () => ticks, values: (u, xs) => xs.map(x => +(100 * (1 - 1 / x)).toFixed(5) + " %"), filter: (u, xs) => xs}),
          axis("latency", {...logarithmic(), size: 70, values: (u, vs) => vs.map(v => v == null ? "" : microsTick(v))}),
        ],
      },
    };
  }

  // parts are [label, value of an interval, how it is drawn]; a run for which show is false is left out.
  function overTime(width, label, parts, {log = false, write = plain, tick = short, show = () => true, space = 56} = {}) {
    const tables = [], series = [{label: "time", value: (u, v) => seconds(v)}];
    runs.forEach((run, i) => {
      // The last interval may be so short that a rate over it means nothing.
      const pieces = run.intervals || [];
      const whole = pieces.filter((x, n) => n < pieces.length - 1 || x.length_s > pieces[0].length_s / 2);
      if (!show(run) || !whole.length) return;
      tables.push([whole.map(x => x.end_s), ...parts.map(p => whole.map(p[1]))]);
      for (const p of parts) series.push(line(i, p[0], Object.assign({value: (u, v) => write(v)}, p[2])));
    });
    if (!tables.length) return null;
    const fromZero = (u, least, most) => [0, most > 0 ? most * 1.1 : 1];
    return {
      data: join(tables),
      options: {
        width, height: 240, series,
        scales: {x: {time: false}, y: log ? {distr: 3} : {range: fromZero}},
        axes: [axis("seconds since the start", {size: 34}), axis(label, {...(log ? logarithmic() : {}), size: space, values: (u, vs) => vs.map(v => v == null ? "" : tick(v))})],
        cursor: {sync: {key: "time"}, drag: {x: true, y: false}},
      },
    };
  }

  const orNull = v => v > 0 ? v : null;
  const all = {
    percentiles,
    latency: w => overTime(w, "latency", [["p50", x => orNull(x.p50_us), {dash: [2, 3], width: 1.5}], ["p99", x => orNull(x.p99_us), {}]], {log: true, write: micros, tick: microsTick, space: 70}),
    rate: w => overTime(w, "a second", [["answers", x => x.answered / x.length_s, {}], ["sent", x => x.sent / x.length_s, {dash: [2, 3], width: 1.5}]]),
    errors: w => overTime(w, "errors a second", [["errors", x => x.errors / x.length_s, {fill: null}]]),
    flight: w => overTime(w, "requests", [["in flight", x => x.in_flight, {}]]),
    cpu: w => overTime(w, "processors", [["CPU", x => x.cpu || 0, {}]], {show: r => r.watched}),
    rss: w => overTime(w, "MiB", [["RSS", x => (x.rss_bytes || 0) / 1048576, {}]], {show: r => r.watched}),
  };

  function drawAll() {
    for (const c of charts) c.plot.destroy();
    charts = [];
    for (const key of document.querySelectorAll(".key")) key.style.background = color(+key.dataset.run);
    for (const id in all) draw(id, all[id]);
    document.documentElement.dataset.drawn = String(charts.length);
  }

  let waiting;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(drawAll, 150); });
  dark.addEventListener("change", drawAll);
  drawAll();
})();
