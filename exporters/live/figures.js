// SPDX-License-Identifier: MIT
// Live page: elements, figures and colours. Text from outside only ever becomes textContent, a title
// or an aria-label.

const byId = id => document.getElementById(id);
const add = (parent, tag, text = '', attributes = {}) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  parent.append(element);
  return element;
};
const svg = (parent, tag) =>
  parent.appendChild(document.createElementNS('http://www.w3.org/2000/svg', tag));

// ---- figures

const digits = (value, most) => value.toLocaleString('en', {maximumFractionDigits: most, useGrouping: false});
const few = value => digits(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
const bytes = value => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let index = 0;
  while (Math.abs(value) >= 1024 && index + 1 < units.length) { value /= 1024; ++index; }
  return `${few(value)} ${units[index]}`;
};
const percent = share => `${digits(share * 100, share < 0.1 ? 1 : 0)} %`;
const duration = seconds => {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [[Math.floor(whole / 3600), 'h'], [Math.floor(whole % 3600 / 60), 'm'], [whole % 60, 's']];
  return parts.filter(([value, unit], index) => value || (unit === 's' && index === 2 && whole < 60))
    .slice(0, 2).map(([value, unit]) => `${value} ${unit}`).join(' ');
};
const clock = (wall, withSeconds = true) => new Date(wall * 1000).toLocaleTimeString([],
  withSeconds ? {} : {hour: '2-digit', minute: '2-digit'});
const known = value => value !== undefined && value !== null;

// ---- colours: the same tier has the same one everywhere

const inks = new Map();
const ink = tier => {
  if (!inks.has(tier)) inks.set(tier, `var(--c${inks.size % 8})`);
  return inks.get(tier);
};

// ---- parts of the page

// A part is drawn anew only when what it shows has changed: text stays selected, focus stays.
const drawn = new Map();
const part = (id, value, draw) => {
  const key = JSON.stringify(value);
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  const element = byId(id);
  element.replaceChildren();
  draw(element);
};
const section = (id, visible) => { byId(id).closest('section').hidden = !visible; };

const list = (id, lines) => {
  section(id, lines.length > 0);
  part(id, lines, element => { for (const line of lines) add(element, 'li', line); });
};
