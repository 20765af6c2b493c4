import { Lastseen, userOf } from "@lastseen/client";
import { Contacts } from "./contacts.js";
import { Costs } from "./costs.js";
import { Me } from "./me.js";
import { find } from "./page.js";
import { keep, onSignIn, signedIn, type SignedIn } from "./sign-in.js";

function show(inside: boolean): void {
  find("#inside").hidden = !inside;
  find("#outside").hidden = inside;
}

function enter({ token, name }: SignedIn): void {
  show(true);
  const id = userOf(token);
  const client = new Lastseen({ token });
  const costs = new Costs();
  const contacts = new Contacts(client, token, id);
  const me = new Me(client, token, id, name);
  const unsubscribe = client.subscribe((changed) => {
    contacts.update(changed);
    if (changed.has(id)) me.update();
  });
  client.start();
  find("#sign-out").onclick = () => {
    keep(undefined);
    void client.signOut();
    unsubscribe();
    contacts.end();
    costs.end();
    show(false);
  };
}

onSignIn((who) => {
  keep(who);
  enter(who);
});
const who = signedIn();
if (who) enter(who);
else show(false);
