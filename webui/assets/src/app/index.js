// The staff pages' script. Every page works without it; it saves keystrokes and page loads.
import './htmx.js';
import './keyboard.js';
import './dialogs.js';
import './selection.js';
import './submit_once.js';
import './unsaved.js';
import './drop.js';
import { refresh } from './refresh.js';

refresh(document);
document.documentElement.dataset.ready = 'true';
