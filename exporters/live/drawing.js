// SPDX-License-Identifier: MIT
// Live page: what is known, as elements.

// ---- the verdict

const STATES = {saturated: '■ FULL', clear: '✓ NOTHING IS FULL', unknown: '? NOT KNOWN'};

const drawVerdict = () => {
  const verdict = snapshot.verdict;
  document.body.dataset.state = verdict.state;
  byId('state').textContent = STATES[verdict.state] || verdict.state;
  if (byId('sentence').textContent !== verdict.sentence) byId('sentence').textContent = verdict.sentence;
  const since = snapshot.at.wall_seconds - verdict.since_seconds;
  byId('confidence').textContent = verdict.state === 'unknown' ? verdict.reason :
      `since ${clock(since)} (${duration(verdict.since_seconds)}) · ${verdict.confidence} confidence`;
  part('path', [verdict.path, verdict.tier, verdict.instance], element => {
    verdict.path.forEach((step, index) => {
      if (index) add(element, 'span', known(step.share) ? `→ ${percent(step.share)} →` : '→', {class: 'way'});
      const named = step.name === verdict.tier && step.instance === verdict.instance;
      add(element, 'span', step.instance ? `${step.name} (${step.instance})` : step.name,
        {class: named ? 'step named' : 'step'});
    });
  });
  const waits = snapshot.facts.tiers.flatMap(tier => (tier.waits || [])
    .filter(wait => wait.share >= .05)
    .map(wait => ({share: wait.share, text: `${tier.name} waits for ${wait.peer || wait.for}: ` +
      `${digits(wait.share * 100, 0)} % of its requests' time`})));
  part('waits', waits, element => {
    for (const wait of waits.sort((a, b) => b.share - a.share).slice(0, 8)) add(element, 'li', wait.text);
  });
  list('evidence', verdict.evidence);
  byId('relief').textContent = verdict.relief.length ? `What would help: ${verdict.relief.join('; ')}` : '';
  list('unseen', verdict.blind_spots.concat(snapshot.notes));
};

const SPENT = {queued: 'queued', cpu: 'cpu', cpu_wait: 'waiting for a cpu', disk: 'disk', lock: 'lock',
  peer: 'other servers', unknown: 'unexplained'};

const drawShares = () => {
  const places = snapshot.verdict.request_time;
  section('shares', places.length > 0);
  part('shares', places, element => {
    for (const place of places) {
      const box = add(element, 'div', place.share >= .12 ? place.name : '');
      if (!box.textContent) box.style.padding = '0';
      box.style.flex = `${Math.max(place.share, .004)} 0 0`;
      box.style.background = ink(place.name);
    }
  });
  part('shares-list', places, element => {
    for (const place of places) {
      const item = add(element, 'li');
      add(item, 'i', '', {class: 'swatch'}).style.background = ink(place.name);
      const parts = place.of.filter(one => one.share >= .005).sort((a, b) => b.share - a.share)
        .map(one => `${SPENT[one.on] || one.on} ${percent(one.share)}`);
      add(item, 'b', `${place.name} ${percent(place.share)}`);
      add(item, 'span', place.watched ? (parts.length ? ` (${parts.join(', ')})` : '') : ' (not watched here)');
    }
  });
};

// ---- verdicts over time

const windowEnd = () => newest();
const at = seconds => Math.min(1, Math.max(0, (seconds - (windowEnd() - shown)) / shown));
const nameOf = span => span.state === 'saturated' ? `${span.tier} ${span.resource}` :
    span.state === 'clear' ? 'nothing full' : 'not known';
const verdictAt = wall => [...verdicts.values()]
  .find(span => span.begin_seconds <= wall && wall <= span.end_seconds);
const MOST_LANES = 9;

const lanes = () => {
  const found = new Map(), begin = windowEnd() - shown;
  for (const span of verdicts.values()) {
    if (span.end_seconds < begin) continue;
    const name = nameOf(span);
    if (!found.has(name)) found.set(name, {name, tier: span.tier, spans: [], seconds: 0});
    found.get(name).spans.push(span);
    found.get(name).seconds += span.end_seconds - Math.max(begin, span.begin_seconds);
  }
  return [...found.values()].sort((a, b) => b.seconds - a.seconds);
};

const addLane = (parent, name, seconds) => {
  const row = add(parent, 'div', '', {class: 'row'});
  add(row, 'span', name + (seconds ? ` · ${duration(seconds)}` : ''), {title: name});
  return add(row, 'div', '', {class: 'lane'});
};

const drawTimeline = () => {
  const element = byId('timeline');
  element.replaceChildren();
  const all = lanes();
  for (const lane of all.slice(0, MOST_LANES)) {
    const track = addLane(element, lane.name, lane.seconds);
    for (const span of lane.spans) {
      const box = add(track, 'div');
      box.style.left = `${at(span.begin_seconds) * 100}%`;
      box.style.width = `${(at(span.end_seconds) - at(span.begin_seconds)) * 100}%`;
      box.style.background = lane.tier ? ink(lane.tier) : 'var(--muted)';
    }
  }
  if (all.length > MOST_LANES) add(element, 'p', `and ${all.length - MOST_LANES} more`, {class: 'note'});
  const inside = [...marks.values()].filter(mark => mark.wall_seconds >= windowEnd() - shown);
  if (inside.length) {
    const track = addLane(element, 'marks');
    for (const mark of inside)
      add(track, 'div', '', {class: 'mark', title: mark.text}).style.left = `${at(mark.wall_seconds) * 100}%`;
  }
  const over = add(element, 'div', '', {class: 'over'});
  if (cursor !== null) add(over, 'div').style.left = `${at(cursor) * 100}%`;
  part('axis', [shown, Math.floor(windowEnd())], axis => {
    for (let i = 0; i <= 4; ++i)
      add(axis, 'span', clock(windowEnd() - shown * (1 - i / 4), shown <= 600)).style.left = `${i * 25}%`;
  });
};

const drawMoment = () => {
  const wall = cursor === null ? newest() : cursor;
  const span = verdictAt(wall);
  const text = `${clock(wall)}: ${span ? nameOf(span) + (span.state === 'saturated' ? ' full' : '') : 'nothing recorded'}` +
    (span ? `, ${clock(span.begin_seconds)} to ${clock(span.end_seconds)}` : '');
  byId('moment').textContent = cursor === null ? '' : text;
  const slider = byId('timeline');
  slider.setAttribute('aria-valuemin', '0');
  slider.setAttribute('aria-valuemax', String(shown));
  slider.setAttribute('aria-valuenow', String(Math.round(shown - (windowEnd() - wall))));
  slider.setAttribute('aria-valuetext', cursor === null ? 'now' : text);
};

// ---- tiers

// Name, figure, and what fills the height at least: a hundredth of a core is no mountain.
const METRICS = [['CPU', value => `${digits(value, 2)} cores`, .1], ['busy workers', few, 1], ['queue', few, 1],
  ['memory', bytes, 1], ['descriptors', value => digits(value, 0), 1]];
const cards = new Map();

const makeCard = name => {
  const card = {root: add(byId('tiers'), 'article', '', {class: 'tier'}), cells: []};
  const head = add(card.root, 'header');
  const title = add(head, 'h3');
  add(title, 'i', '', {class: 'swatch'}).style.background = ink(name);
  title.append(name);
  card.is = add(head, 'span', '', {class: 'is'});
  const figures = add(card.root, 'dl');
  for (const [label] of METRICS) {
    add(figures, 'dt', label);
    const picture = svg(add(figures, 'dd'), 'svg');
    picture.setAttribute('viewBox', '0 0 100 26');
    picture.setAttribute('preserveAspectRatio', 'none');
    picture.setAttribute('role', 'img');
    const path = svg(picture, 'path');
    path.style.stroke = ink(name);
    card.cells.push({picture, path, line: svg(picture, 'line'), value: add(figures, 'dd', '', {class: 'value'})});
  }
  return card;
};

const sparkPath = (points, top) => {
  let path = '', pen = false, before = null;
  for (const [wall, value] of points) {
    if (!known(value)) { pen = false; continue; }
    if (before !== null && wall - before > Math.max(3, interval * 3)) pen = false;
    const x = 100 - (newest() - wall) / SPARK_SECONDS * 100, y = 24.5 - value / top * 22;
    path += `${pen ? 'L' : 'M'}${x.toFixed(2)} ${y.toFixed(2)}`;
    if (!pen) path += 'h0.01';
    pen = true;
    before = wall;
  }
  return path;
};

const nearestTick = wall => ticks.reduce((best, tick) =>
  Math.abs(tick.wall_seconds - wall) < Math.abs(best.wall_seconds - wall) ? tick : best);

// Only what the sentence names is said to be full: what is hot beside it may wait for just that.
const isNamed = one => {
  const verdict = snapshot.verdict;
  return verdict.state === 'saturated' && one.tier === verdict.tier && one.resource === verdict.resource;
};
const heatOf = name => {
  const full = snapshot.verdict.saturations.filter(one => one.tier === name && one.state !== 'calm');
  const hot = full.filter(one => one.state === 'hot');
  const words = hot.map(one => one.resource).join(', ');
  if (hot.some(isNamed)) return ['hot', `■ full: ${words}`];
  if (hot.length) return ['warm', `▲ hot: ${words}`];
  return full.length ? ['warm', `▲ near: ${full.map(one => one.resource).join(', ')}`] : ['calm', '✓ has room'];
};

const details = (facts, sample, index) => {
  const of = [null, known(facts.workers) ? facts.workers : null, null,
    facts.memory ? facts.memory.limit_bytes : null, null][index];
  if (index === 4 && sample.worst_fds) return ` · ${percent(sample.worst_fds.ratio)}`;
  return of === null ? '' : ` of ${index === 3 ? bytes(of) : few(of)}`;
};

const drawTiers = () => {
  const moment = cursor !== null && ticks.length && cursor >= ticks[0].wall_seconds - interval ? nearestTick(cursor) : null;
  const rows = tick => new Map(tick.tiers.map(row => [row[0], row.slice(1)]));
  const table = ticks.map(tick => [tick.wall_seconds, rows(tick)]);
  const alive = new Set(snapshot.tiers.filter(tier => tier.sums.processes > 0).map(tier => tier.name));
  for (const [name, card] of cards) if (!alive.has(name)) { card.root.remove(); cards.delete(name); }
  snapshot.tiers.forEach((sample, index) => {
    if (!alive.has(sample.name)) return;
    if (!cards.has(sample.name)) cards.set(sample.name, makeCard(sample.name));
    const card = cards.get(sample.name), [heat, words] = heatOf(sample.name);
    card.root.dataset.heat = heat;
    card.is.textContent = `${words} · ${sample.sums.processes} ${sample.sums.processes === 1 ? 'process' : 'processes'}`;
    METRICS.forEach(([label, figure, least], metric) => {
      const points = table.map(([wall, tiers]) => [wall, tiers.has(sample.name) ? tiers.get(sample.name)[metric] : null]);
      const most = Math.max(0, ...points.map(([, value]) => value || 0)), top = Math.max(least, most);
      const cell = card.cells[metric], looked = moment && rows(moment).get(sample.name);
      const value = looked ? looked[metric] : moment ? null : points.length ? points[points.length - 1][1] : null;
      cell.path.setAttribute('d', sparkPath(points, top));
      const x = moment ? 100 - (newest() - moment.wall_seconds) / SPARK_SECONDS * 100 : -1;
      for (const [key, number] of [['x1', x], ['x2', x], ['y1', 0], ['y2', 26]]) cell.line.setAttribute(key, String(number));
      cell.value.textContent = known(value) ?
        figure(value) + (moment ? '' : details(snapshot.facts.tiers[index] || {}, sample, metric)) : '–';
      cell.picture.setAttribute('aria-label',
        known(value) ? `${label}: ${figure(value)}, at most ${figure(most)}` : `${label}: not known`);
    });
  });
  part('tiers-name', alive.size, element => {
    element.textContent = alive.size ? 'Tiers, the last 10 minutes' : 'No process of a known tier has been seen yet.';
  });
};

// ---- tables

const MOST_ROWS = 40, FAR_BELOW = .1;
const table = (id, headings, rows, more = '') => {
  section(id, rows.length > 0);
  part(id, [rows, more], element => {
    const cell = (row, tag, index, text) =>
      add(row, tag, text, headings[index][1] ? {class: headings[index][1] === 1 ? 'words' : 'words bar'} : {});
    if (rows.length) {
      const head = add(add(element, 'thead'), 'tr');
      headings.forEach(([text], index) => cell(head, 'th', index, text).setAttribute('scope', 'col'));
    }
    const body = add(element, 'tbody');
    for (const values of rows.slice(0, MOST_ROWS)) {
      const row = add(body, 'tr');
      values.forEach((value, index) => {
        if (typeof value === 'string') return cell(row, 'td', index, value);
        const bar = add(cell(row, 'td', index, ''), 'div', '', {class: 'meter', 'data-heat': value.heat});
        add(bar, 'div').style.width = `${Math.min(1, value.ratio) * 100}%`;
      });
    }
    const left = rows.length > MOST_ROWS ? `${rows.length - MOST_ROWS} more are not shown` : more;
    if (left) add(element, 'caption', left);
  });
};

const drawTables = () => {
  const queues = snapshot.listeners.filter(one => one.owner && snapshot.tiers[one.owner.tier])
    .sort((a, b) => (b.queue_mean || 0) - (a.queue_mean || 0));
  table('queues', [['tier', 1], ['listens on', 1], ['waiting, mean'], ['now'], ['limit'], ['time full']],
    queues.map(one => [snapshot.tiers[one.owner.tier].name, one.address,
      known(one.queue_mean) ? few(one.queue_mean) : '–', known(one.queue_length) ? String(one.queue_length) : '–',
      one.queue_limit ? String(one.queue_limit) : '–', known(one.full_ratio) ? percent(one.full_ratio) : '–']));
  const HEATS = ['calm', 'warm', 'hot'];
  const all = snapshot.verdict.saturations.slice().sort((a, b) => HEATS.indexOf(b.state) - HEATS.indexOf(a.state) ||
    (b.utilization_ratio || 0) - (a.utilization_ratio || 0));
  const limits = all.filter(one => one.state !== 'calm' || (one.utilization_ratio || 0) >= FAR_BELOW);
  table('limits', [['tier', 1], ['resource', 1], ['used'], ['', 'bar'], ['is', 1], ['why', 1]],
    limits.map(one => [one.tier, one.resource, known(one.utilization_ratio) ? percent(one.utilization_ratio) : '–',
      {ratio: one.utilization_ratio || 0, heat: one.state},
      isNamed(one) ? '■ full' : {hot: '▲ hot', warm: '▲ near', calm: '✓ room'}[one.state] || one.state, one.why]),
    all.length > limits.length ?
      `${all.length - limits.length}${limits.length ? ' more' : ''} are below ${percent(FAR_BELOW)}` : '');
  section('limits', all.length > 0);
  const noted = [...marks.values()].sort((a, b) => b.wall_seconds - a.wall_seconds);
  section('marks', noted.length > 0);
  part('marks', noted, element => {
    for (const mark of noted.slice(0, MOST_ROWS)) {
      const item = add(element, 'li');
      add(item, 'time', clock(mark.wall_seconds), {datetime: new Date(mark.wall_seconds * 1000).toISOString()});
      item.append(mark.text);
    }
  });
};
