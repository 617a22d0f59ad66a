// form-js focuses the chosen field of the drawing whenever it is drawn anew: not while somebody types about it in the panel,
// or the next keys would go to the drawing, where Delete removes the field.
const focus = HTMLElement.prototype.focus;

HTMLElement.prototype.focus = function (...given) {
  const typing = this.matches('.fjs-element') && document.activeElement?.closest('.bio-properties-panel');
  if (!typing) focus.apply(this, given);
};
