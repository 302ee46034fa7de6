// An agent reads a note that it may read, and is kept from a file that it may not.
//
// node examples/node/allowed.mjs

import { mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Gate, ToolDenied, guarded } from 'toolgate'

const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'toolgate-example-')))
writeFileSync(join(workspace, 'notes.md'), 'Buy milk.')

const gate = Gate.fromYaml(
  `
version: 1
audit: off
default: deny
tools:
  file.read: { decision: allow, allowed_paths: ["${workspace}/"] }
`,
  { cwd: workspace },
)

/** Reads a file of the workspace. */
const readFile = guarded(gate, 'read_file', ({ path }) => readFileSync(join(workspace, path), 'utf8'))

console.log('notes.md:', await readFile({ path: 'notes.md' }))
try {
  console.log(await readFile({ path: '../../etc/passwd' }))
} catch (refusal) {
  if (!(refusal instanceof ToolDenied)) throw refusal
  console.log('../../etc/passwd:', refusal.message)
}
