// The same package under `require`. It is checked, never run.

import toolgate = require('toolgate')

const gate: toolgate.Gate = toolgate.Gate.fromYaml('audit: off')
const note = toolgate.guarded(gate, 'note', ({ text }: { text: string }) => text.length)

async function use(): Promise<number> {
  const decision: toolgate.Decision = await gate.guardAsync('note', '{}')
  return (await note({ text: decision.reason })) + decision.riskScore
}

module.exports = { use }
