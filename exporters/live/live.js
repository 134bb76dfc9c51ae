// SPDX-License-Identifier: MIT
// Live page: asks the daemon, and takes what people do with keys and pointers.

// ---- whether what is shown is true

let failure = '', asked = false;

const drawFeed = () => {
  const feed = byId('feed');
  const say = (state, text) => {
    document.body.dataset.feed = state;
    if (feed.textContent !== text) feed.textContent = text;
  };
  if (failure)
    return say('gone', answered === null ? failure :
      `${failure} Shown is what was at ${clock(answered / 1000)}, ${duration((Date.now() - answered) / 1000)} ago.`);
  if (!asked) return;
  if (problem) return say('stale', `Stale: ${problem}`);
  if (paused) return say('paused', `paused at ${clock(answered / 1000)}`);
  say('live', `live, a sample every ${interval < 60 ? `${digits(interval, 2)} s` : duration(interval)}`);
};

const draw = () => {
  drawFeed();
  if (!snapshot) return;
  byId('host').textContent = `tierwatch on ${snapshot.hostname}`;
  const glyph = (STATES[snapshot.verdict.state] || '').split(' ')[0];
  document.title = `${glyph} ${snapshot.verdict.tier || 'tierwatch'} · ${snapshot.hostname}`;
  for (const tier of snapshot.tiers) ink(tier.name);
  drawVerdict();
  drawShares();
  drawTimeline();
  drawMoment();
  drawTiers();
  drawTables();
};

let waiting = false;
const drawSoon = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); });
};

// ---- asking

const ask = async path => {
  // Of the origin: an address with a user's name in it may not be fetched.
  const answer = await fetch(new URL(path, location.origin), {signal: AbortSignal.timeout(GONE_AFTER_MS), cache: 'no-store'});
  if (answer.status === 503) return null; // no sample yet
  if (answer.status === 401) throw new Error('The daemon asks for a password: reload the page.');
  if (!answer.ok) throw new Error(`The daemon answers with status ${answer.status}.`);
  return answer.json();
};

const look = async () => {
  try {
    if (!take(await ask(`/api/v1/recent?after=${sequence}`))) take(await ask('/api/v1/recent?after=0'));
    snapshot = await ask('/api/v1/snapshot?processes=none') || snapshot;
    answered = Date.now();
    failure = '';
  } catch (error) {
    failure = /^The daemon/.test(error.message) ? error.message : 'The daemon does not answer.';
  }
  asked = true;
  draw();
};

let timer = null;
const poll = async () => {
  clearTimeout(timer);
  timer = null;
  if (!paused && !document.hidden) await look();
  if (timer === null) timer = setTimeout(poll, Math.max(LEAST_POLL_MS, interval * 1000));
};

// ---- keys and pointers

byId('pause').addEventListener('click', () => {
  paused = !paused;
  byId('pause').setAttribute('aria-pressed', String(paused));
  byId('pause').textContent = paused ? 'Go on' : 'Pause';
  if (paused) drawFeed(); else poll();
});

for (const [name, seconds] of [['10 minutes', 600], ['1 hour', 3600], ['6 hours', 21600]]) {
  const button = add(byId('windows'), 'button', name, {type: 'button', 'aria-pressed': String(seconds === shown)});
  button.addEventListener('click', () => {
    shown = seconds;
    cursor = null;
    for (const one of byId('windows').children) one.setAttribute('aria-pressed', String(one === button));
    drawSoon();
  });
}

const lookAt = wall => {
  cursor = wall === null ? null : Math.min(newest(), Math.max(newest() - shown, wall));
  drawSoon();
};

const share = (element, event) => {
  const box = element.getBoundingClientRect();
  return (event.clientX - box.left) / box.width;
};

for (const kind of ['pointermove', 'pointerdown']) {
  byId('timeline').addEventListener(kind, event => {
    const lane = byId('timeline').querySelector('.lane');
    if (lane) lookAt(windowEnd() - shown * (1 - share(lane, event)));
  });
  byId('tiers').addEventListener(kind, event => {
    const picture = event.target.closest('svg');
    if (picture) lookAt(newest() - SPARK_SECONDS * (1 - share(picture, event)));
  });
}
for (const id of ['timeline', 'tiers']) byId(id).addEventListener('pointerleave', () => lookAt(null));

byId('timeline').addEventListener('keydown', event => {
  const now = cursor === null ? newest() : cursor, step = shown / 60;
  const to = {ArrowLeft: now - step, ArrowRight: now + step, PageUp: now - step * 10, PageDown: now + step * 10,
    Home: newest() - shown, End: newest(), Escape: null};
  if (!Object.hasOwn(to, event.key)) return;
  event.preventDefault();
  lookAt(to[event.key]);
});

document.addEventListener('visibilitychange', () => { if (!document.hidden) poll(); });
setInterval(drawFeed, 1000);
globalThis.tierwatch = {known: () => ({verdicts, marks, ticks, sequence, snapshot, failure})};
poll();
