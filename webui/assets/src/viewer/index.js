// Read-only diagrams with their tokens. Each .diagram names its XML (data-xml) and a JSON script with the places (data-places);
// with data-chooses it chooses in the select of that id, among the elements of its process (data-process).
import Viewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import { choosing } from './choosing.js';
import './viewer.css';

const BADGE = 24; // px, as in viewer.css

document.querySelectorAll('.diagram[data-xml]').forEach(show);

async function show(container) {
  const viewer = new Viewer({ container });
  const places = JSON.parse(document.getElementById(container.dataset.places)?.textContent ?? '[]');
  try {
    const answer = await fetch(container.dataset.xml, { credentials: 'same-origin' });
    if (!answer.ok) throw new Error(`${answer.status}`);
    await viewer.importXML(await answer.text());
  } catch {
    container.dataset.state = 'failed';
    container.append(Object.assign(document.createElement('p'), { className: 'diagram-failed', textContent: container.dataset.failed }));
    return;
  }
  whenVisible(container, () => fit(viewer));
  places.forEach((place) => mark(viewer, place));
  link(viewer, container);
  if (container.dataset.chooses) choosing(viewer, container);
  container.dataset.state = 'ready';
}

/** Inside a closed <details> the canvas has no size yet. */
function whenVisible(container, act) {
  new ResizeObserver((entries, observer) => {
    if (!entries.some((entry) => entry.contentRect.width > 0)) return;
    observer.disconnect();
    act();
  }).observe(container);
}

function fit(viewer) {
  const canvas = viewer.get('canvas');
  canvas.resized();
  canvas.zoom('fit-viewport', 'auto');
  canvas.zoom(Math.min(1, canvas.zoom() * 0.92), 'auto'); // room for badges at the edge, and never larger than drawn
}

function mark(viewer, place) {
  const element = viewer.get('elementRegistry').get(place.element);
  if (!element) return;
  viewer.get('canvas').addMarker(place.element, `place-${place.state}`);
  if (place.state === 'completed' && place.count < 2) return;
  const badge = document.createElement('span');
  badge.className = `place-badge ${place.state}`;
  badge.textContent = place.count;
  badge.title = place.words;
  badge.setAttribute('role', 'img');
  badge.setAttribute('aria-label', place.words);
  const position = element.waypoints ? middle(element.waypoints) : { bottom: 10, right: 14 };
  viewer.get('overlays').add(place.element, 'place', { position, html: badge });
}

/** Where a badge covers the middle of a flow, from the corner of what the flow spans. */
function middle(points) {
  const [from, to] = points.slice(Math.floor((points.length - 1) / 2));
  const half = (axis) => (from[axis] + to[axis]) / 2 - Math.min(...points.map((point) => point[axis])) - BADGE / 2;
  return { left: half('x'), top: half('y') };
}

/** Pressing an element marks its row in the table, hovering a row marks its element. */
function link(viewer, container) {
  const rows = [...document.querySelectorAll(`[data-diagram="${container.id}"][data-element]`)];
  viewer.on('element.click', ({ element }) => {
    rows.forEach((row) => row.classList.toggle('marked', row.dataset.element === element.id));
    rows.find((row) => row.dataset.element === element.id)?.scrollIntoView({ block: 'nearest' });
  });
  const canvas = viewer.get('canvas');
  rows.forEach((row) => {
    if (!viewer.get('elementRegistry').get(row.dataset.element)) return;
    row.addEventListener('mouseenter', () => canvas.addMarker(row.dataset.element, 'pointed'));
    row.addEventListener('mouseleave', () => canvas.removeMarker(row.dataset.element, 'pointed'));
  });
}
