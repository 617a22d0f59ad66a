// The form beside the editor as the server draws it for staff, with the answers typed so far.
import { refresh } from '../app/refresh.js';
import { send } from '../shared/http.js';

const PAUSE = 500;

export class Preview {
  constructor({ form, read, select }) {
    Object.assign(this, { form, read, timer: 0, asked: 0 });
    this.fields = form.querySelector('#preview-fields');
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.draw(true);
    });
    form.addEventListener('change', () => this.changed()); // rules may show other fields, or other words
    form.addEventListener('click', ({ target }) => target.dataset.select && select(target.dataset.select));
  }

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), PAUSE);
  }

  async draw(check = false) {
    clearTimeout(this.timer);
    const asked = ++this.asked;
    const sent = new FormData(this.form);
    sent.set('lx-form', this.read());
    if (check) sent.set('lx-check', '1');
    const answer = await send('POST', this.form.dataset.url, sent).catch(() => null);
    if (!answer?.ok || asked !== this.asked) return;
    const focused = this.fields.contains(document.activeElement) ? document.activeElement.id : '';
    this.fields.innerHTML = await answer.text(); // of our own server, escaped there
    refresh(this.fields);
    if (check) this.fields.querySelector('#error-summary')?.focus();
    else if (focused) document.getElementById(focused)?.focus();
  }
}
