// SPDX-License-Identifier: MIT
// Draws the plots of a report from the numbers in #data. Text from outside only ever becomes
// textContent. One window of time is shown by all plots over time.
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const AXIS_WIDTH = 60;
  const NEAR = 3; // a limit is drawn when it is at most so many times above the data

  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const add = (parent, tag, attributes = {}, text = '') => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    parent.append(element);
    return element;
  };

  // ---- figures

  const digits = (value, most) => value.toLocaleString('en', {maximumFractionDigits: most, useGrouping: false});
  const fewDigits = value => digits(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  const bytes = value => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let index = 0;
    while (Math.abs(value) >= 1024 && index + 1 < units.length) { value /= 1024; ++index; }
    return `${fewDigits(value)} ${units[index]}`;
  };
  const seconds = value => Math.abs(value) >= 1 ? `${fewDigits(value)} s` : `${fewDigits(value * 1000)} ms`;
  const figure = {
    's': seconds, 'bytes': bytes,
    'ratio': value => `${digits(value * 100, 0)} %`,
    'cores': value => digits(value, 2),
    '/s': value => `${fewDigits(value)}/s`,
    '': fewDigits,
  };
  const elapsed = value => {
    const tenths = Math.round(Math.abs(value) * 10), whole = Math.floor(tenths / 10);
    const two = number => String(number).padStart(2, '0');
    const hours = Math.floor(whole / 3600), minutes = Math.floor(whole % 3600 / 60);
    return (value < 0 && tenths ? '-' : '') + (hours ? `${hours}:${two(minutes)}` : minutes) +
        `:${two(whole % 60)}` + (tenths % 10 ? `.${tenths % 10}` : '');
  };
  const clock = value => new Date((data.begin + value) * 1000).toLocaleTimeString();

  const STEPS = [.1, .2, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
  const timeTicks = (from, to, pixels) => {
    const wanted = (to - from) / Math.max(2, pixels / 80);
    const step = STEPS.find(one => one >= wanted) || 86400 * Math.ceil(wanted / 86400);
    const ticks = [];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({v: at, label: elapsed(at)});
    return ticks;
  };

  // ---- colours: the same tier has the same one everywhere

  const FIXED = {requests: '--c0', users: '--c0', measured: '--c0', errors: '--error', other: '--other',
    mean: '--other', p50: '--c2', p95: '--c4', p99: '--c1', 'scalability curve': '--other'};
  const INKS = 8;
  const places = new Map();
  const placeOf = name => {
    const tier = name.replace(/ demand$/, '');
    if (!places.has(tier)) places.set(tier, places.size);
    return places.get(tier);
  };
  const ink = name => css(Object.hasOwn(FIXED, name) ? FIXED[name] : `--c${placeOf(name) % INKS}`);
  // Those that come after all inks are used are dashed, so that no two look alike.
  const DASHES = [null, [7, 3], [2, 3]];
  const dash = name => Object.hasOwn(FIXED, name) ? null : DASHES[Math.floor(placeOf(name) / INKS) % DASHES.length];
  const swatch = name => dash(name) ?
      `repeating-linear-gradient(90deg, ${ink(name)} 0 3px, transparent 3px 5px)` : ink(name);
  for (const plot of data.plots) if (plot.name === 'cpu') plot.series.forEach(line => ink(line.name));

  // ---- the shared window of time

  const timePlots = data.plots.filter(plot => plot.x === 'seconds');
  const full = [Math.min(0, ...timePlots.map(plot => plot.xs[0])),
    Math.max(data.seconds, ...timePlots.map(plot => plot.xs[plot.xs.length - 1]))];
  let shown = full.slice();
  let busy = false;
  const views = [];
  const zoomButtons = [];
  const zoom = (from, to) => {
    if (busy || !(to > from)) return;
    busy = true;
    shown = [from, to];
    for (const view of views) if (view.overTime) view.graph.updateOptions({dateWindow: shown.slice()});
    busy = false;
    drawStrip();
    for (const {button, range} of zoomButtons)
      button.setAttribute('aria-pressed', String(range[0] === from && range[1] === to));
  };

  // ---- one plot

  const highestOf = plot => {
    let most = 0;
    plot.xs.forEach((_, row) => {
      const values = plot.series.map(line => line.values[row] || 0);
      most = Math.max(most, plot.stacked ? values.reduce((sum, one) => sum + one, 0) : Math.max(...values));
    });
    return most;
  };

  const drawLine = (context, x1, y1, x2, y2, color, dash) => {
    context.save();
    context.strokeStyle = color;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    context.restore();
  };

  // What somebody did, not what went wrong.
  const isChange = event => ['mark', 'setting', 'restart', 'program', 'file'].includes(event.kind);
  const underlay = (plot, limits) => (context, area, graph) => {
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.w, area.h);
    context.clip();
    if (plot.x === 'seconds') {
      context.fillStyle = css('--band');
      for (const step of data.steps) {
        const left = graph.toDomXCoord(step.from), right = graph.toDomXCoord(step.from + step.seconds);
        context.fillRect(left, area.y, right - left, area.h);
      }
      for (const event of data.events) {
        const x = graph.toDomXCoord(event.at - data.begin);
        drawLine(context, x, area.y, x, area.y + area.h, css(isChange(event) ? '--ink' : '--error'), [2, 3]);
      }
    }
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'right';
    for (const limit of limits) {
      const y = graph.toDomYCoord(limit.value);
      drawLine(context, area.x, y, area.x + area.w, y, css('--limit'), [6, 4]);
      context.fillStyle = css('--limit');
      context.fillText(limit.name, area.x + area.w - 4, y < area.y + 14 ? y + 13 : y - 4);
    }
    context.restore();
  };

  const colorsOf = plot => plot.series.map(line => ink(line.name));

  const makeLegend = (plot, parent) => {
    const legend = add(parent, 'div', {class: 'legend'});
    const where = add(legend, 'span');
    const entries = plot.series.map(({name}, index) => {
      const button = add(legend, 'button', {type: 'button', 'aria-pressed': 'true'});
      const sample = add(button, 'i');
      button.append(name + ' ');
      const value = add(button, 'b');
      return {button, sample, value, index};
    });
    const paint = () => plot.series.forEach(({name}, i) => { entries[i].sample.style.background = swatch(name); });
    paint();
    const show = row => {
      where.textContent = row === null ? '' :
          plot.x === 'seconds' ? `${elapsed(plot.xs[row])} · ${clock(plot.xs[row])}` : xFigure(plot)(plot.xs[row]);
      for (const {value, index} of entries) {
        const number = row === null ? null : plot.series[index].values[row];
        value.textContent = number === null ? '' : figure[plot.unit](number);
      }
    };
    return {entries, paint, show};
  };

  const xFigure = plot => plot.x === 'requests_per_second' ? figure['/s'] :
      value => `${digits(value, 1)} ${plot.x === 'users' ? 'users' : 'under way'}`;

  const seriesOptions = (plot, names) => Object.fromEntries(names.map((name, i) => {
    const points = plot.series[i].mark === 'points';
    const rates = plot.x !== 'seconds';
    return [name, points ? {strokeWidth: 0, drawPoints: true, pointSize: 4} :
      {strokeWidth: 1.5, strokePattern: dash(plot.series[i].name), drawPoints: false, connectSeparatedPoints: rates}];
  }));

  // The page must still scroll under a finger, so touches are not taken.
  const interaction = () => {
    const model = Object.assign({}, Dygraph.defaultInteractionModel);
    for (const touch of ['touchstart', 'touchmove', 'touchend']) delete model[touch];
    model.dblclick = (event, graph) => {
      event.preventDefault();
      if (graph.overTime) zoom(...full); else graph.resetZoom();
    };
    return model;
  };

  const nearestRow = (plot, x) => {
    let low = 0, high = plot.xs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (plot.xs[middle] < x) low = middle + 1; else high = middle;
    }
    return low > 0 && x - plot.xs[low - 1] < plot.xs[low] - x ? low - 1 : low;
  };

  const pointAt = (source, x) => {
    for (const view of views) {
      if (view === source || !view.overTime) continue;
      const row = x === null ? null : nearestRow(view.plot, x);
      if (row === null) view.graph.clearSelection(); else view.graph.setSelection(row);
      view.legend.show(row);
    }
  };

  const themeOptions = plot => ({colors: colorsOf(plot), axisLineColor: css('--line'), gridLineColor: css('--line')});

  const drawPlot = (plot, parent) => {
    const tall = plot.name === 'throughput' || plot.name === 'cpu';
    const figureElement = add(parent, 'section', {class: tall ? 'plot tall' : 'plot', id: `plot-${plot.name}`});
    add(figureElement, 'h3', {}, plot.title);
    // dygraphs gets names of our own: it keeps options by name, and names from outside may be any.
    const names = plot.series.map((_, index) => `s${index}`);
    const view = {plot, overTime: plot.x === 'seconds'};
    view.legend = makeLegend(plot, figureElement);
    const chart = add(figureElement, 'div', {class: 'chart'});
    const highest = highestOf(plot);
    const limits = plot.limits.filter(limit => limit.value <= NEAR * highest || plot.unit === 'ratio');
    const top = Math.max(highest, ...limits.map(limit => limit.value)) * 1.08 || 1;
    const rows = plot.xs.map((x, row) => [x, ...plot.series.map(line => line.values[row])]);
    const xAxis = view.overTime ? {ticker: (from, to, pixels) => timeTicks(from, to, pixels)} : {};
    view.graph = new Dygraph(chart, rows, {
      labels: ['x', ...names], series: seriesOptions(plot, names), legend: 'never',
      stackedGraph: plot.stacked, fillAlpha: .35, valueRange: [0, top], includeZero: true,
      axes: {x: {axisLabelWidth: 60, ...xAxis}, y: {axisLabelWidth: AXIS_WIDTH - 4, axisLabelFormatter: figure[plot.unit]}},
      dateWindow: view.overTime ? shown.slice() : [0, plot.xs[plot.xs.length - 1] * 1.04 || 1],
      xRangePad: 0, highlightCircleSize: 3, interactionModel: interaction(),
      underlayCallback: underlay(plot, limits),
      drawCallback: (graph, initial) => { if (view.overTime && !initial && !busy) zoom(...graph.xAxisRange()); },
      highlightCallback: (event, x, points, row) => {
        view.legend.show(row);
        if (view.overTime) pointAt(view, x);
      },
      unhighlightCallback: () => { view.legend.show(null); if (view.overTime) pointAt(view, null); },
      ...themeOptions(plot),
    });
    view.graph.overTime = view.overTime;
    for (const {button, index} of view.legend.entries)
      button.addEventListener('click', () => {
        const visible = !view.graph.visibility()[index];
        view.graph.setVisibility(index, visible);
        button.setAttribute('aria-pressed', String(visible));
      });
    if (!view.overTime)
      add(figureElement, 'p', {class: 'about'}, plot.name === 'demand' ?
        'A point is a step, a line what a request costs. A tier is full where its points leave its line.' :
        'A point is a step of load.');
    views.push(view);
  };

  // ---- what the judge said, and what was changed meanwhile

  const strip = document.getElementById('strip');
  const stripRows = new Map();
  for (const span of data.strip) {
    if (!span.tier) continue;
    const name = `${span.tier} ${span.resource}`;
    if (!stripRows.has(name)) stripRows.set(name, {tier: span.tier, spans: []});
    stripRows.get(name).spans.push(span);
  }
  const marks = data.events.filter(isChange);
  const place = (element, begin, end) => {
    const width = shown[1] - shown[0];
    const left = Math.max(begin, shown[0]), right = Math.min(end, shown[1]);
    element.style.left = `${(left - shown[0]) / width * 100}%`;
    element.style.width = `${(right - left) / width * 100}%`;
    return right >= left;
  };
  function drawStrip() {
    strip.replaceChildren();
    for (const [name, {tier, spans}] of stripRows) {
      const row = add(strip, 'div', {class: 'row'});
      let labelled = false;
      for (const span of spans) {
        const begin = span.begin - data.begin, end = span.end - data.begin;
        if (end < shown[0] || begin > shown[1]) continue;
        const wide = (Math.min(end, shown[1]) - Math.max(begin, shown[0])) / (shown[1] - shown[0]) > .15;
        const element = add(row, 'div', {class: 'span', title: `${name}: ${elapsed(begin)} to ${elapsed(end)}`},
          wide && !labelled ? name : '');
        labelled = labelled || wide;
        element.style.background = ink(tier);
        place(element, begin, end);
      }
      if (!labelled) row.title = name;
    }
    if (marks.length === 0) return;
    const row = add(strip, 'div', {class: 'row'});
    for (const mark of marks) {
      const at = mark.at - data.begin;
      if (at < shown[0] || at > shown[1]) continue;
      const element = add(row, 'div', {class: 'mark', title: `${elapsed(at)} ${mark.text || ''}`}, mark.text || '');
      element.style.left = `${(at - shown[0]) / (shown[1] - shown[0]) * 100}%`;
    }
  }

  // ---- the page

  const addZoomButton = (parent, text, range) => {
    const button = add(parent, 'button', {type: 'button'}, text);
    button.addEventListener('click', () => zoom(...range));
    zoomButtons.push({button, range});
  };
  const zoomBar = document.getElementById('zoom');
  if (timePlots.length > 0) {
    add(zoomBar, 'span', {}, 'Drag in a plot to zoom all of them.');
    addZoomButton(zoomBar, 'Whole run', full);
    for (const step of data.steps.slice(0, 16)) {
      const margin = Math.max(2, step.seconds * .1);
      addZoomButton(zoomBar, step.name, [Math.max(full[0], step.from - margin), Math.min(full[1], step.from + step.seconds + margin)]);
    }
  }
  for (const plot of data.plots)
    drawPlot(plot, document.getElementById(plot.x === 'seconds' ? 'time-plots' : 'load-plots'));
  zoom(...full);

  const repaint = () => {
    for (const view of views) {
      view.legend.paint();
      view.graph.updateOptions(themeOptions(view.plot));
    }
    drawStrip();
  };
  // Printing changes the scheme, too; what is drawn meanwhile does not reach the paper.
  const screen = () => !matchMedia('print').matches;
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => screen() && repaint());
  globalThis.tierwatch = {views, zoom, window: () => shown.slice()};
})();
