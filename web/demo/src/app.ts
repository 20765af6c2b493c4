import { Lastseen, userOf } from "@lastseen/client";
import { Visit } from "./api.js";
import { showState } from "./banner.js";
import { Contacts } from "./contacts.js";
import { Costs } from "./costs.js";
import { Me } from "./me.js";
import { find } from "./page.js";
import { explain, keep, onSignIn, signedIn, type SignedIn } from "./sign-in.js";

function show(inside: boolean): void {
  find("#inside").hidden = !inside;
  find("#outside").hidden = inside;
}

function enter({ token, name }: SignedIn): void {
  show(true);
  const id = userOf(token);
  const client = new Lastseen({ token });
  const visit = new Visit(token, () => {
    client.stop();
    leave();
    explain("The server does not take your sign-in any more. Please sign in again.");
  });
  const costs = new Costs();
  const contacts = new Contacts(client, visit, id);
  const me = new Me(client, visit, id, name);
  const unsubscribe = client.subscribe((changed) => {
    contacts.update(changed);
    if (changed.has(id)) me.update();
    showState(client);
  });
  const leave = () => {
    visit.end();
    keep(undefined);
    unsubscribe();
    contacts.end();
    costs.end();
    find("#banner").hidden = true;
    show(false);
  };
  client.start();
  find("#sign-out").onclick = () => {
    void client.signOut();
    leave();
  };
}

onSignIn((who) => {
  keep(who);
  enter(who);
});
const who = signedIn();
if (who) enter(who);
else show(false);
