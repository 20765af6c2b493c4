/** Of no specificity, so that a class of yours wins. */
const STYLES = `
:where(.lastseen) { display: inline-flex; align-items: center; gap: 0.4em; font-size: 0.875rem; --lastseen-dot: 0.625rem;
  --lastseen-color: #6b7280; }
:where(.lastseen-sm) { font-size: 0.75rem; --lastseen-dot: 0.5rem; }
:where(.lastseen-lg) { font-size: 1rem; --lastseen-dot: 0.75rem; }
:where(.lastseen[data-status="online"]) { --lastseen-color: #10b981; }
:where(.lastseen[data-status="recent"]) { --lastseen-color: #f59e0b; }
:where(.lastseen-dot)::before { content: ""; flex: none; box-sizing: border-box; width: var(--lastseen-dot);
  height: var(--lastseen-dot); border: calc(var(--lastseen-dot) / 5) solid var(--lastseen-color); border-radius: 50%; }
:where(.lastseen-dot[data-status="online"])::before { background: var(--lastseen-color); background-clip: border-box;
  animation: lastseen-pulse 2s ease-out infinite; }
:where(.lastseen-dot[data-status="unknown"])::before { border-style: dashed; border-width: 1px; opacity: 0.6; }
:where(.lastseen-unseen) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:where(.lastseen-list) { list-style: none; margin: 0; padding: 0; }
:where(.lastseen-list > li) { display: flex; align-items: center; gap: 0.5em; padding: 0.25em 0; }
@keyframes lastseen-pulse {
  from { box-shadow: 0 0 0 0 color-mix(in srgb, var(--lastseen-color) 60%, transparent); }
  70%, to { box-shadow: 0 0 0 calc(var(--lastseen-dot) / 2) transparent; }
}
@media (prefers-reduced-motion: reduce) { :where(.lastseen-dot)::before { animation: none !important; } }
@media (forced-colors: active) { :where(.lastseen-dot[data-status="online"])::before { background: CanvasText; } }
`;

const dressed = new WeakSet<Document>();

/** As a constructed sheet, which no Content-Security-Policy objects to. */
export function adoptStyles(): void {
  if (dressed.has(document) || !("adoptedStyleSheets" in document)) return;
  dressed.add(document);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
