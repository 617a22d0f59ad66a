// The draft behind an editor: saved two seconds after the last change and on Ctrl+S, each time over the tag it was read with.
import { send } from './http.js';

const PAUSE = 2000;
const GLANCE = 500; // between a change and the check of it
const PLAIN = { 'Content-Type': 'text/plain; charset=utf-8' };

/** read() gives the text to save; status(words, kind) tells; findings(list, text) gets what a check found in the text. */
export class Draft {
  constructor({ contentUrl, checkUrl, tag, words, read, status, findings }) {
    Object.assign(this, { contentUrl, checkUrl, tag, words, read, status, findings });
    Object.assign(this, { dirty: false, saving: null, timer: 0, glance: 0, asked: 0, checked: null });
    window.addEventListener('beforeunload', (event) => this.dirty && event.preventDefault());
    document.addEventListener('keydown', (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 's') {
        event.preventDefault();
        this.save();
      }
    });
  }

  changed() {
    this.dirty = true;
    this.status(this.words.unsaved, 'unsaved');
    clearTimeout(this.timer);
    clearTimeout(this.glance);
    this.timer = setTimeout(() => this.save({ asked: false }), PAUSE);
    this.glance = setTimeout(async () => this.check(await this.read()), GLANCE);
  }

  /** One save at a time; true when the newest text is kept. `asked`: somebody pressed for it. */
  async save({ asked = true } = {}) {
    clearTimeout(this.timer);
    const field = asked ? document.activeElement?.closest('#properties input, #properties textarea') : null;
    field?.blur(); // takes over what was typed a moment ago; whoever types on does so in the same field
    field?.focus();
    if (this.saving) {
      await this.saving;
      if (!this.dirty) return true;
    }
    this.saving = this.put();
    const kept = await this.saving;
    this.saving = null;
    return kept;
  }

  /** Save over what another window or a colleague kept meanwhile: they were told, and decided. */
  async insist() {
    const newest = await fetch(this.contentUrl, { credentials: 'same-origin' });
    this.tag = newest.headers.get('ETag')?.replace(/^W\/|"/g, '') ?? this.tag;
    return this.save();
  }

  async put() {
    const text = await this.read();
    this.dirty = false;
    try {
      const answer = await send('PUT', this.contentUrl, text, { ...PLAIN, 'If-Match': `"${this.tag}"` });
      const said = await answer.json();
      if (!answer.ok) {
        this.dirty = true;
        this.status(said.error, answer.status === 409 ? 'conflict' : 'failed');
        return false;
      }
      this.tag = said.tag;
      this.status(this.dirty ? this.words.unsaved : said.saved, this.dirty ? 'unsaved' : 'saved');
      await this.check(text);
      return true;
    } catch {
      this.dirty = true;
      this.status(this.words.away, 'failed');
      return false;
    }
  }

  /** Only the newest text's findings are shown; the same text is not asked about twice. */
  async check(text) {
    if (text === this.checked) return;
    this.checked = text;
    const asked = ++this.asked;
    try {
      const answer = await send('POST', this.checkUrl, text, PLAIN);
      if (answer.ok && asked === this.asked) await this.findings((await answer.json()).findings, text);
    } catch {
      this.checked = null; // what can't be asked now is asked with the next change
    }
  }
}
