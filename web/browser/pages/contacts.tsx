// A page with ten thousand contacts, which counts what it renders.
import { LastseenProvider, UserStatus, useUserStatus } from "@lastseen/react";
import { Fragment, StrictMode, useEffect, type ReactNode } from "react";
import { createRoot } from "react-dom/client";

const query = new URLSearchParams(location.search);

const row = (id: number, status: ReactNode): ReactNode => (
  <li key={id}>
    {`User ${id} `}
    {status}
  </li>
);

function Contact({ id }: { readonly id: number }): ReactNode {
  const { status } = useUserStatus(id);
  return row(id, <span data-status={status}>{status}</span>);
}

/** How a page may show somebody: without presence, with a component of ours, or with a hook in its own. */
const shapes: Record<string, (id: number) => ReactNode> = {
  plain: (id) => row(id, <span data-status="offline">offline</span>),
  component: (id) => row(id, <UserStatus userId={id} />),
  hook: (id) => <Contact key={id} id={id} />,
};

declare global {
  /** Renders the page, until it is on the screen. Answers whether all had been mounted by then: mostly that is later. */
  var show: () => Promise<boolean>;
  /** Until all that is rendered has been mounted as well. */
  var mounted: Promise<void>;
  /** Which rows have been rendered since. */
  var rendered: string[];
}

let isMounted = false;
let mount = () => {};
globalThis.mounted = new Promise((resolve) => {
  mount = () => {
    isMounted = true;
    setTimeout(resolve);
  };
});

function Page(): ReactNode {
  // After those of all rows.
  useEffect(mount, []);
  const ids = Array.from({ length: Number(query.get("rows")) }, (_, id) => id + 1);
  return (
    <LastseenProvider token={query.get("token")} locale="en">
      <ul>{ids.map(shapes[query.get("shape") ?? "component"]!)}</ul>
    </LastseenProvider>
  );
}

// A row that renders changes what it shows: that is all that React does to the page from then on.
globalThis.rendered = [];
const observer = new MutationObserver((changes) => {
  for (const { target } of changes) {
    const row = (target instanceof Element ? target : target.parentElement)?.closest("li");
    if (row) globalThis.rendered.push(row.firstChild!.textContent!.trim());
  }
});

const root = document.getElementById("root")!;

globalThis.show = () =>
  new Promise((resolve) => {
    const Mode = query.has("strict") ? StrictMode : Fragment;
    new MutationObserver((_, first) => {
      first.disconnect();
      observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
      requestAnimationFrame(() => resolve(isMounted));
    }).observe(root, { childList: true });
    createRoot(root).render(<Mode><Page /></Mode>);
  });
