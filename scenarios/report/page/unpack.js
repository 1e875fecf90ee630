'use strict';
// Numbers of the page's data: {"f32": base64} is little-endian float32.
function unpack(packed) {
  if (!packed) return [];
  const text = atob(packed.f32);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  return Array.from({length: bytes.length / 4}, (_, i) => view.getFloat32(4 * i, true));
}

// An element with attributes (on...: listeners) and children (texts or elements); null children are left out.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  return element;
}

// A table that on a narrow screen has its cells below each other, each with the head of its column; what that does to
// its meaning is undone by the roles.
function table(caption, heads, rows, rowAttributes = () => ({})) {
  const cell = (content, k) => k === 0 ? make('th', {scope: 'row', role: 'rowheader'}, content)
      : make('td', {role: 'cell', 'data-head': heads[k]}, content);
  return make('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
      make('table', {role: 'table', class: 'stacked'}, make('caption', {}, caption),
          make('thead', {role: 'rowgroup'}, make('tr', {role: 'row'},
              heads.map(head => make('th', {scope: 'col', role: 'columnheader'}, head)))),
          make('tbody', {role: 'rowgroup'},
              rows.map((row, i) => make('tr', {role: 'row', ...rowAttributes(i)}, row.map(cell))))));
}

function number(value) {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value), short = Number(value.toPrecision(4));
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? short.toExponential() : short.toString();
}

function toggle(label, pressed, change) {
  const button = make('button', {type: 'button', 'aria-pressed': String(pressed)}, label);
  button.addEventListener('click', () => {
    const now = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(now));
    change(now);
  });
  return button;
}
