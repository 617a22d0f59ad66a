// Two states of a diagram side by side, marked with what the differ finds between them, and in the words of the server where
// the table below has the same element.
import { diff } from 'bpmn-js-differ';
import Viewer from 'bpmn-js/lib/NavigatedViewer';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';
import { told } from '../shared/http.js';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './compare.css';

const SIGNS = { added: '+', removed: '−', changed: '≠', moved: '↔' };
const about = told('compare');
const [before, after] = await Promise.all([draw('drawing-before', about.before), draw('drawing-after', about.after)]);
const viewers = [before, after].filter(Boolean);
const said = new Map(about.changes.map((change) => [change.id, change]));
const drawn = before && after ? differences(before, after) : new Map();
viewers.forEach((viewer) => new Map([...drawn, ...said]).forEach((change) => mark(viewer, change)));
together(viewers);
link(viewers);

async function draw(id, url) {
  const container = document.getElementById(id);
  if (!container || !url) return null;
  const viewer = new Viewer({ container, moddleExtensions: { zeebe } });
  try {
    const answer = await fetch(url, { credentials: 'same-origin' });
    if (!answer.ok) throw new Error(`${answer.status}`);
    await viewer.importXML(await answer.text());
  } catch {
    container.replaceChildren(Object.assign(document.createElement('p'), { className: 'diagram-failed', textContent: about.failed }));
    container.dataset.state = 'failed';
    return null;
  }
  fit(viewer);
  container.dataset.state = 'ready';
  return viewer;
}

/** What the differ finds between the drawings, by the id of the element. */
function differences(before, after) {
  const found = diff(before.getDefinitions(), after.getDefinitions());
  const kinds = { moved: found._layoutChanged, changed: found._changed, removed: found._removed, added: found._added };
  return new Map(Object.entries(kinds).flatMap(([what, ids]) => Object.keys(ids).map((id) => [id, { id, what, words: about.words[what] }])));
}

function fit(viewer) {
  const canvas = viewer.get('canvas');
  canvas.resized(); // it measured itself before it had its place
  canvas.zoom('fit-viewport', 'auto');
  canvas.zoom(Math.min(1, canvas.zoom() * 0.92), 'auto');
}

function mark(viewer, { id, what, words }) {
  const element = viewer.get('elementRegistry').get(id);
  if (!element) return;
  viewer.get('canvas').addMarker(id, `compare-${what}`);
  const badge = Object.assign(document.createElement('span'), { className: `compare-badge ${what}`, textContent: SIGNS[what], title: words });
  badge.setAttribute('role', 'img');
  badge.setAttribute('aria-label', `${element.businessObject?.name ?? id}: ${words}`);
  // Flows have their colour and the table; badges on them would cover the drawing.
  if (!element.waypoints) viewer.get('overlays').add(id, 'compare', { position: { top: -10, right: 12 }, html: badge });
}

/** Moving one drawing moves the other. */
function together(viewers) {
  let moving = false;
  viewers.forEach((viewer) => {
    viewer.on('canvas.viewbox.changed', ({ viewbox: { x, y, width, height } }) => {
      if (moving) return;
      moving = true;
      viewers.filter((other) => other !== viewer).forEach((other) => other.get('canvas').viewbox({ x, y, width, height }));
      moving = false;
    });
  });
}

/** Pressing an element marks its rows in the table, hovering rows marks their element. */
function link(viewers) {
  const groups = [...document.querySelectorAll('tbody[data-element]')];
  viewers.forEach((viewer) => {
    viewer.on('element.click', ({ element }) => {
      groups.forEach((group) => group.classList.toggle('marked', group.dataset.element === element.id));
      groups.find((group) => group.dataset.element === element.id)?.scrollIntoView({ block: 'nearest' });
    });
    const canvas = viewer.get('canvas');
    groups.filter((group) => viewer.get('elementRegistry').get(group.dataset.element)).forEach((group) => {
      group.addEventListener('mouseenter', () => canvas.addMarker(group.dataset.element, 'pointed'));
      group.addEventListener('mouseleave', () => canvas.removeMarker(group.dataset.element, 'pointed'));
    });
  });
}
