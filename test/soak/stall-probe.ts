/**
 * A thread that asks a server for its liveness all the time. The longest wait for an answer is about the longest time
 * for which the server's event loop was busy.
 */
declare const self: Worker;

let waits: number[] = [];
let url = '';

self.onmessage = ({ data }: MessageEvent<string>) => {
  if (url === '') {
    url = data;
    void probe();
    return;
  }
  self.postMessage(waits);
  waits = [];
};

async function probe(): Promise<never> {
  for (;;) {
    const begun = performance.now();
    await fetch(url).then((response) => response.text());
    waits.push(performance.now() - begun);
    await Bun.sleep(2);
  }
}
