// The group of the form editor's panel for what only our renderer and our privacy rules read: form-js keeps it in `properties`.
import { jsx, jsxs } from 'preact/jsx-runtime';
import { held } from '../shared/held.js';

const LATE = 100; // after the published provider
const INPUTS = ['textfield', 'textarea', 'number', 'checkbox', 'radio', 'select', 'checklist', 'taglist', 'datetime', 'expression'];
// property -> its field; the values are those that engine/forms/checks.py knows
const FIELDS = {
  sensitivity: {
    label: 'Sensitivity',
    description: 'Who may see it is decided by this; others see it masked.',
    types: [...INPUTS, 'dynamiclist'],
    options: [['', 'Nothing personal'], ['personal', 'Personal data'], ['sensitive', 'Sensitive personal data']],
  },
  summary: {
    label: 'Among the first facts',
    description: 'Shown at the top of the case.',
    types: [...INPUTS, 'dynamiclist'],
    options: [['', 'No'], ['true', 'Yes']],
  },
  width: { label: 'Width', types: INPUTS, options: [['', 'Whole line'], ['half', 'Half a line']] },
  rows: { label: 'Lines', types: ['textarea'], options: [['', '—'], ...[2, 3, 4, 6, 8, 12, 20].map((lines) => [String(lines), String(lines)])] },
  inputmode: {
    label: 'Keyboard',
    types: ['textfield'],
    options: [['', 'As the device likes'], ['numeric', 'Digits'], ['tel', 'Telephone'], ['email', 'Email'], ['url', 'URL']],
  },
};

class LianxiFieldProvider {
  constructor(propertiesPanel) {
    propertiesPanel.registerProvider(this, LATE);
  }

  getGroups(field, editField) {
    return (groups) => {
      const entries = Object.entries(FIELDS)
        .filter(([, { types }]) => types.includes(field.type))
        .map(([name, about]) => ({ id: `lianxi-${name}`, component: Choice, isEdited: isChosen, name, about, field, editField }));
      if (!entries.length) return groups;
      const others = groups.map((group) => (group.id === 'custom-values' ? { ...group, items: group.items.filter(({ label }) => !FIELDS[label]) } : group));
      const place = others.findIndex((group) => group.id === 'general') + 1;
      return others.toSpliced(place, 0, { id: 'lianxi', label: 'In this office', entries });
    };
  }
}
LianxiFieldProvider.$inject = ['propertiesPanel'];

/** A list as the panel draws its own: its components are not exported, and another copy of them could not keep state here. */
function Choice({ id, name, about, field, editField }) {
  const value = field.properties?.[name] ?? '';
  const options = about.options.some(([known]) => known === value) ? about.options : [...about.options, [value, value]];
  const change = ({ target }) => {
    const { [name]: _, ...others } = field.properties ?? {};
    const properties = target.value ? { ...others, [name]: target.value } : others;
    editField(field, ['properties'], Object.keys(properties).length ? properties : undefined);
  };
  return jsx('div', {
    class: 'bio-properties-panel-entry',
    'data-entry-id': id,
    children: jsxs('div', {
      class: 'bio-properties-panel-select',
      children: [
        jsx('label', { for: `bio-properties-panel-${id}`, class: 'bio-properties-panel-label', children: about.label }),
        jsx('select', {
          id: `bio-properties-panel-${id}`,
          class: 'bio-properties-panel-input',
          value,
          onChange: change,
          children: options.map(([each, label]) => jsx('option', { value: each, children: label }, each)),
        }),
        about.description && jsx('div', { class: 'bio-properties-panel-description', children: about.description }),
      ],
    }),
  });
}

function isChosen(node) {
  return Boolean(node?.value);
}

export default { __init__: ['lianxiFieldProvider'], lianxiFieldProvider: ['type', LianxiFieldProvider], debounce: ['value', held] };
