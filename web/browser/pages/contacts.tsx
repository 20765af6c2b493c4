// A page with ten thousand contacts, which counts what it renders.
import { LastseenProvider, UserStatus } from "@lastseen/react";
import { StrictMode, memo } from "react";
import { createRoot } from "react-dom/client";
import { flushSync } from "react-dom";

const query = new URLSearchParams(location.search);
const ids = Array.from({ length: Number(query.get("rows")) }, (_, id) => id + 1);

const Contact = memo(function Contact({ id }: { readonly id: number }) {
  return (
    <li id={`user-${id}`}>
      {`User ${id} `}
      {query.has("plain") ? <span className="status">offline</span> : <UserStatus userId={id} />}
    </li>
  );
});

const page = (
  <LastseenProvider token={query.get("token")} locale="en">
    <ul>
      {ids.map((id) => (
        <Contact key={id} id={id} />
      ))}
    </ul>
  </LastseenProvider>
);

declare global {
  /** Renders the page, whole. */
  var show: () => void;
  /** Which rows have been rendered since. */
  var rendered: string[];
}

// A row that renders changes what it shows: that is all that React does to the page from then on.
globalThis.rendered = [];
const observer = new MutationObserver((changes) => {
  for (const { target } of changes) {
    const row = (target instanceof Element ? target : target.parentElement)?.closest("li");
    if (row) globalThis.rendered.push(row.id);
  }
});

globalThis.show = () => {
  const root = createRoot(document.getElementById("root")!);
  flushSync(() => root.render(query.has("strict") ? <StrictMode>{page}</StrictMode> : page));
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
};
