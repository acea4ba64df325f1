/**
 * Measures a page, inside of it: returns whatever scrolls sideways, and the texts that are cut or that stick out of
 * what holds them. What is there for screen readers alone is left out.
 */
export function layout() {
  const found = new Set();
  const slack = 1; // browsers round
  const styles = new Map();
  const styleOf = (element) => {
    if (!styles.has(element)) styles.set(element, getComputedStyle(element));
    return styles.get(element);
  };
  const nameOf = (element) => {
    const own = element.id ? `#${element.id}` : `${element.localName}.${[...element.classList].join('.')}`;
    return element.parentElement && !element.id
      ? `${element.parentElement.className.split?.(' ')[0] ?? ''} > ${own}`
      : own;
  };
  const unseen = (element) => {
    for (let at = element; at; at = at.parentElement) if (styleOf(at).clipPath !== 'none') return true;
    return false;
  };
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    found.add(`the page scrolls sideways by ${page.scrollWidth - page.clientWidth}`);
  }
  for (const element of document.body.querySelectorAll('*')) {
    if (!element.checkVisibility()) continue;
    const { overflowX } = styleOf(element);
    if (['auto', 'scroll'].includes(overflowX) && element.scrollWidth > element.clientWidth + slack) {
      found.add(`${nameOf(element)} scrolls sideways by ${element.scrollWidth - element.clientWidth}`);
    }
    if (element.matches('input, select, textarea') && !unseen(element)) {
      // What somebody writes moves with the caret.
      const shown = element.value ? '' : element.placeholder;
      if (
        (!shown && element.localName !== 'select') ||
        element.localName === 'textarea' ||
        ['checkbox', 'radio', 'file'].includes(element.type)
      )
        continue;
      const style = styleOf(element);
      if (Number(style.opacity) === 0) continue;
      const pen = document.createElement('canvas').getContext('2d');
      pen.font = style.font;
      const text = element.localName === 'select' ? (element.selectedOptions[0]?.text ?? '') : shown;
      const room = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (pen.measureText(text).width > room + slack) found.add(`${nameOf(element)} cuts "${text}"`);
    }
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const holder = text.parentElement;
    if (!text.data.trim() || !holder.checkVisibility() || holder.closest('option, title, svg') || unseen(holder))
      continue;
    range.selectNodeContents(text);
    for (const rect of range.getClientRects()) {
      if (rect.width === 0) continue;
      const said = `"${text.data.trim().slice(0, 40)}"`;
      let inBlock = false;
      let scrolls = false;
      for (let at = holder; at && at !== page; at = at.parentElement) {
        const { display, overflowX, overflowY, position } = styleOf(at);
        const box = at.getBoundingClientRect();
        const wide = rect.left < box.left - slack || rect.right > box.right + slack;
        if (overflowX !== 'visible' && wide) found.add(`${nameOf(at)} cuts ${said}`);
        if (['auto', 'scroll'].includes(overflowY)) scrolls = true;
        const high = rect.top < box.top - 2 * slack || rect.bottom > box.bottom + 2 * slack;
        if (['hidden', 'clip'].includes(overflowY) && high && !scrolls && at !== document.body) {
          found.add(`${nameOf(at)} cuts ${said}`);
        }
        if (!inBlock && !['inline', 'contents'].includes(display)) {
          inBlock = true;
          if (wide && overflowX === 'visible') found.add(`${said} sticks out of ${nameOf(at)}`);
        }
        if (position === 'fixed') break;
      }
      if (rect.right > page.clientWidth + slack || rect.left < -slack) {
        if (!found.size) found.add(`${said} is beyond the edge of the page`);
      }
    }
  }
  return [...found];
}
