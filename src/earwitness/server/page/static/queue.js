// Sounds that wait for their captions: two at a time are sent, the others wait here.

import { call, follow, startJob } from "./api.js";
import { Card } from "./card.js";

const AT_ONCE = 2;

export class Queue {
  constructor(list, changed) {
    this.list = list;
    this.changed = changed;
    this.items = [];
    this.running = 0;
  }

  add(blob, name, fields) {
    const item = { state: "waiting", share: 0, abort: new AbortController(), job: null, fields };
    item.card = new Card(blob, name, () => this.remove(item));
    this.items.push(item);
    this.list.prepend(item.card.node);
    this.changed();
    this.next();
  }

  next() {
    for (const item of this.items) {
      if (this.running >= AT_ONCE) return;
      if (item.state === "waiting") this.run(item);
    }
  }

  async run(item) {
    item.state = "running";
    this.running++;
    try {
      item.job = await startJob(item.card.blob, item.card.name, { job: "yes", ...item.fields },
        (share) => this.tell(item, "is sent", 0.3 * share), item.abort.signal);
      const result = await follow(item.job, (job) => {
        this.tell(item, job.state === "running" ? "is listened to" : "waits for its turn", 0.3 + 0.7 * job.progress);
      }, item.abort.signal);
      item.state = "done";
      item.card.done(result);
    } catch (error) {
      item.state = "failed";
      if (error.name !== "AbortError") item.card.fail(error.message);
    } finally {
      item.share = 1;
      this.running--;
      this.changed();
      this.next();
    }
  }

  tell(item, word, share) {
    item.share = share;
    item.card.progress(word, share);
    this.changed();
  }

  remove(item) {
    item.abort.abort();
    // it may be over already, and then there is nothing to cancel
    if (item.job && item.state === "running") call(item.job.links.self, { method: "DELETE" }).catch(() => {});
    if (item.state === "waiting") item.state = "failed";
    item.card.remove();
    this.items = this.items.filter((other) => other !== item);
    this.changed();
  }

  clear() {
    for (const item of [...this.items]) this.remove(item);
  }

  get captions() {
    return this.items.flatMap((item) => item.card.captions || []);
  }

  get summary() {
    const ended = this.items.filter((item) => item.share === 1);
    const failed = ended.filter((item) => item.state === "failed").length;
    const share = this.items.reduce((sum, item) => sum + item.share, 0) / (this.items.length || 1);
    return { total: this.items.length, ended: ended.length, failed, share };
  }
}
