// Two versions of a diagram side by side, with what was added, removed, changed and moved.
import Viewer from 'bpmn-js/lib/NavigatedViewer';
import { BpmnModdle } from 'bpmn-moddle';
import { diff } from 'bpmn-js-differ';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';
import { told } from '../shared/http.js';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './compare.css';

const about = told('compare');
const [before, after] = await Promise.all([about.before, about.after].map(async (url) => (await fetch(url, { credentials: 'same-origin' })).text()));
const moddle = new BpmnModdle({ zeebe });
const found = diff((await moddle.fromXML(before)).rootElement, (await moddle.fromXML(after)).rootElement);
const [left, right] = ['#before', '#after'].map((container) => new Viewer({ container, moddleExtensions: { zeebe } }));
await Promise.all([left.importXML(before), right.importXML(after)]);

mark(right, found._added, 'compare-added');
mark(left, found._removed, 'compare-removed');
for (const viewer of [left, right]) {
  mark(viewer, found._changed, 'compare-changed');
  mark(viewer, found._layoutChanged, 'compare-moved');
  viewer.get('canvas').zoom('fit-viewport', 'auto');
}
together(left, right);
together(right, left);
list(about.words.added, found._added);
list(about.words.removed, found._removed);
list(about.words.changed, found._changed);
list(about.words.moved, found._layoutChanged);
document.documentElement.dataset.ready = 'yes';

function mark(viewer, elements, marker) {
  const drawn = viewer.get('elementRegistry');
  Object.keys(elements).filter((id) => drawn.get(id)).forEach((id) => viewer.get('canvas').addMarker(id, marker));
}

let moving = false;
function together(one, other) {
  one.on('canvas.viewbox.changed', ({ viewbox: { x, y, width, height } }) => {
    if (moving) return;
    moving = true;
    other.get('canvas').viewbox({ x, y, width, height });
    moving = false;
  });
}

function list(words, elements) {
  const rows = Object.entries(elements).map(([id, element]) => {
    const row = document.createElement('tr');
    const model = element.model ?? element;
    row.append(...[words, id, model.name ?? ''].map((text) => Object.assign(document.createElement('td'), { textContent: text })));
    return row;
  });
  document.getElementById('compare-rows').append(...rows);
}
