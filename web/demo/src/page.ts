/** The element that the page has for sure. */
export function find<T extends HTMLElement>(selector: string, within: ParentNode = document): T {
  const element = within.querySelector<T>(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return element;
}

/** Makes an element with a class and text, which is never read as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

/** Sets the text if it is another one, so that nobody is told twice. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent != text) element.textContent = text;
}
