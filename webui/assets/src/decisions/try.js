// Trying out decisions that are not saved: what is asked, what they answer, and which rules gave it. Nothing is stored.
import { send } from '../shared/http.js';

const PAUSE = 600;

export class TryOut {
  constructor({ root, url, read, shown }) {
    Object.assign(this, { root, url, read, shown, given: {}, matched: [], timer: 0 });
    this.pick = root.querySelector('select');
    this.fields = root.querySelector('[data-fields]');
    this.answer = root.querySelector('[data-answer]');
    this.words = root.dataset;
    this.pick.addEventListener('change', () => this.ask());
    root.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.evaluate();
    });
    this.fields.addEventListener('input', ({ target }) => (this.given[target.name] = target.value));
    root.addEventListener('toggle', () => root.open && this.refresh());
  }

  /** After a change of the model. */
  changed() {
    this.mark([]);
    clearTimeout(this.timer);
    if (this.root.open) this.timer = setTimeout(() => this.refresh(), PAUSE);
  }

  async refresh() {
    const found = await this.post({});
    if (!found) return;
    this.decisions = found.decisions;
    const before = this.pick.value || this.shown();
    this.pick.replaceChildren(...found.decisions.map(({ id, name }) => new Option(name === id ? name : `${name} (${id})`, id, false, id === before)));
    this.ask();
    if (found.error) this.tell(found);
  }

  ask() {
    const asks = this.decisions?.find(({ id }) => id === this.pick.value)?.asks ?? [];
    this.fields.replaceChildren(...asks.flatMap((ask, place) => this.field(ask, `try-${place}`)));
  }

  field({ path, type, suggested }, id) {
    const label = Object.assign(document.createElement('label'), { htmlFor: id, textContent: type ? `${path} · ${type}` : path });
    if (type === 'boolean') {
      const choice = Object.assign(document.createElement('select'), { id, name: path });
      choice.append(new Option('—', ''), new Option('true', 'true'), new Option('false', 'false'));
      choice.value = this.given[path] ?? '';
      return [label, choice];
    }
    const input = Object.assign(document.createElement('input'), { id, name: path, value: this.given[path] ?? '', autocomplete: 'off' });
    if (type === 'number') input.inputMode = 'decimal';
    if (/^date/i.test(type ?? '')) input.placeholder = /time/i.test(type) ? '2026-03-02T09:00:00' : '2026-03-02';
    if (!suggested.length) return [label, input];
    const list = Object.assign(document.createElement('datalist'), { id: `${id}-list` });
    list.append(...suggested.map((text) => new Option(text, text)));
    input.setAttribute('list', list.id);
    return [label, input, list];
  }

  async evaluate() {
    const found = await this.post({ decision: this.pick.value, given: this.given });
    if (found) this.tell(found);
  }

  async post(more) {
    try {
      const body = JSON.stringify({ text: await this.read(), ...more });
      const answer = await send('POST', this.url, body, { 'Content-Type': 'application/json' });
      if (answer.ok) return await answer.json();
    } catch {
      // told below
    }
    this.answer.textContent = this.words.away;
    return null;
  }

  tell({ error, trace }) {
    this.mark(trace ? trace.decisions.flatMap(({ matched }) => matched.map(({ id }) => id)) : []);
    if (error) {
      this.answer.replaceChildren(paragraph(error, 'note bad'));
      return;
    }
    this.answer.replaceChildren(
      ...[...trace.decisions].reverse().map((row) => {
        const part = document.createElement('section');
        part.append(Object.assign(document.createElement('h2'), { textContent: row.name }), paragraph(row.value, 'value'));
        const rules = row.matched.map(({ rule, annotation }) => (annotation ? `${rule} (${annotation})` : rule)).join(', ');
        if (rules) part.append(paragraph(this.words.rules.replace('{rules}', rules)));
        row.reasons.forEach((reason) => part.append(paragraph(reason, 'quiet')));
        return part;
      }),
    );
  }

  mark(rules) {
    this.matched = rules;
    this.draw();
  }

  /** Rows are drawn anew when a view is opened or scrolled: called again then. */
  draw() {
    const cells = document.querySelectorAll('#canvas [data-row-id]');
    cells.forEach((cell) => cell.classList.toggle('rule-matched', this.matched.includes(cell.dataset.rowId)));
  }
}

function paragraph(text, className = '') {
  return Object.assign(document.createElement('p'), { textContent: text, className });
}
