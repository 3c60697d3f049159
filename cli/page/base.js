/* The data of the page, elements, numbers as text. */
'use strict';
window.onerror = (message) => {
  const problem = document.getElementById('problem');
  problem.textContent = 'Something is wrong with this page: ' + message;
  problem.hidden = false;
};

const page = JSON.parse(document.getElementById('json').textContent);
const byId = (id) => document.getElementById(id);

function make(name, attributes, ...children) {
  const svg = ['svg', 'path', 'line', 'rect', 'text', 'title'].includes(name);
  const element = svg ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  element.append(...children);
  return element;
}

const digits = (value, n = 4) => String(Number(value.toPrecision(n))).replace('-', '\u2212');
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const times = (list) => list.join(' \u00d7 ');
