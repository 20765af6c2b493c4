// Badges beside names, in boxes of all kinds.
import { LastseenProvider, UserStatus } from "@lastseen/react";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";

const now = Date.now();
const dot = <UserStatus lastSeen={now} showText={false} />;
const name = <b>Maximilian</b>;

const page: ReactNode = (
  <LastseenProvider locale="en">
    <table>
      <tbody>
        <tr>
          <td className="box">{name} {dot}</td>
        </tr>
      </tbody>
    </table>
    <button className="box">{name} {dot}</button>
    <div className="box" style={{ float: "left" }}>{name} {dot}</div>
    <div style={{ display: "flex", clear: "both" }}>
      <span className="box">{name} {dot}</span>
    </div>
    <p id="hebrew">
      <b>דוד</b> <UserStatus lastSeen={now - 5 * 60_000} />
    </p>
    <button className="heard">Ann{dot}</button>
    <button className="heard">Ann {dot}</button>
    <button className="heard">{dot}Ann</button>
  </LastseenProvider>
);
createRoot(document.getElementById("root")!).render(page);
