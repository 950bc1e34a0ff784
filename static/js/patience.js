// Patience: waits for something, but no longer than so many milliseconds; then gives what stands in for it.
export const atMost = (ms, something, instead) => Promise.race([something, new Promise((done) => { setTimeout(done, ms, instead); })]);
