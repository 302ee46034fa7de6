// Times of the benchmarks: the best of many batches in processor time, so that other programs on the machine matter
// little.

const BATCHES = 40

/** Nanoseconds of one call: the best batch. */
export async function nanoseconds(work) {
  let calls = 200
  while ((await batch(work, calls)) < 5e6 && calls < 1e6) calls *= 2
  let best = Infinity
  for (let turn = 0; turn < BATCHES; turn++) best = Math.min(best, await batch(work, calls))
  return best / calls
}

async function batch(work, calls) {
  const before = process.cpuUsage()
  if (work.waits) for (let turn = 0; turn < calls; turn++) await work()
  else for (let turn = 0; turn < calls; turn++) work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}

/** Work that gives a promise. */
export function waiting(work) {
  return Object.assign(work, { waits: true })
}
