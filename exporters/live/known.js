// SPDX-License-Identifier: MIT
// Live page: what the daemon has answered so far.

const MOST_TICKS = 600, SPARK_SECONDS = 600, GONE_AFTER_MS = 5000, LEAST_POLL_MS = 1000;
let verdicts = new Map(), marks = new Map(), ticks = [], sequence = 0, began = null;
let snapshot = null, interval = 1, answered = null, paused = false, problem = '', shown = 600;
let cursor = null; // a moment that is looked at; null: now

const forget = () => { verdicts = new Map(); marks = new Map(); ticks = []; sequence = 0; };
const newest = () => ticks.length ? ticks[ticks.length - 1].wall_seconds : Date.now() / 1000;

const take = recent => {
  if (began !== null && began !== recent.first_wall_seconds && sequence > 0) {
    forget(); // another daemon by now: what was asked for was what came after the old one's samples
    began = recent.first_wall_seconds;
    return false;
  }
  began = recent.first_wall_seconds;
  for (const span of recent.verdicts) verdicts.set(span.begin_seconds, span);
  for (const mark of recent.marks) marks.set(`${mark.wall_seconds} ${mark.text}`, mark);
  ticks = ticks.concat(recent.ticks).slice(-MOST_TICKS);
  if (ticks.length) sequence = ticks[ticks.length - 1].sequence;
  const oldest = newest() - recent.span_seconds;
  for (const [key, span] of verdicts) if (span.end_seconds < oldest) verdicts.delete(key);
  for (const [key, mark] of marks) if (mark.wall_seconds < oldest) marks.delete(key);
  problem = recent.problem || '';
  interval = recent.interval_seconds || interval;
  return true;
};

